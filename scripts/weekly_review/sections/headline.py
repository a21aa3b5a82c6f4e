"""The week in two sentences, and what they rest on."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section

# From where on a share is out of bounds.
MOST_UNATTRIBUTED = 0.05
MOST_UNPRICED = 0.05


def build(review: Review) -> dict[str, Any]:
    return {
        "story": review.story,
        "clock": review.clock,
        "attribution": review.ask_one("headline", "attribution"),
        "pricing": review.facts.pricing,
        "maturity": review.ask_one("headline", "maturity"),
        "most_unattributed": MOST_UNATTRIBUTED,
        "most_unpriced": MOST_UNPRICED,
    }


SECTION = Section(
    "headline",
    build,
    is_for_a_tenant=True,
    notes=(
        "A case is a ticket, or a conversation that never became one. Its outcome is judged by the"
        " definition that the head of the page names.",
        "Cost is what models cost: list prices by token, or what the gateway reported. What people"
        " cost is not known here, so it is not in any number.",
        "Unattributed: support spend that names no case. It is not in the cost of a resolved"
        " ticket. Unpriced: calls whose price is not known; their cost is in no sum.",
        "Mature: a case whose outcome can no longer change, because the time for going quiet and"
        " for being reopened has passed.",
    ),
)
