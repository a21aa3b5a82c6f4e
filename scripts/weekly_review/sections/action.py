"""One owner, one action, one guardrail, a date."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section


def build(review: Review) -> dict[str, Any] | None:
    if not review.story.decide:
        return None
    return {"action": review.story.action, "decide": review.story.decide}


SECTION = Section(
    "action",
    build,
    notes=(
        "The action is a proposal, that of the head of the page. Where it comes from an endpoint,"
        " the owner is the endpoint's (seeds/reference/endpoint_taxonomy.csv). Whether last week's"
        " action worked is not known, because nothing records actions yet.",
    ),
)
