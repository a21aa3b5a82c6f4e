"""What is missing: the gaps of the template checklist that cost most, and whether calls arrive."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section

ITEMS = {
    "endpoint_tag": "a known endpoint tag",
    "prompt_version": "a registered prompt version",
    "tenant": "a registered customer",
    "request_id": "an id of their own request",
    "budget": "a budget of the use case",
    "owner": "an owner",
    "escalation_path": "an escalation path",
    "price": "a price",
    "usage_source": "usage that the provider counted",
    "data_mode": "a data mode and environment",
    "outcome": "a known outcome",
}


def build(review: Review) -> dict[str, Any] | None:
    scores = review.ask("coverage", "scores")
    gaps = review.ask("coverage", "gaps")
    if not scores and not gaps:
        return None
    return {
        "gaps": gaps,
        "scores": scores,
        "arrivals": review.ask_one("coverage", "arrivals"),
        "silent": review.ask("coverage", "silent"),
        "item_words": ITEMS,
    }


SECTION = Section(
    "coverage",
    build,
    notes=(
        "What is missing is judged by eleven items a use case: endpoint tag, prompt version,"
        " customer, request id, budget, owner, escalation path, price, usage source, data mode,"
        " outcome. Of each the share that is missing is the highest of those of calls, spend and"
        " tokens, so many cheap calls that are whole hide nothing; of a use case it is the mean of"
        " the eleven. Gaps overlap: a call may lack several.",
        "A source of telemetry is behind when it is silent for over twice as long as on 95 % of"
        " the days before on which it sent. How late calls arrive is known of those that say when"
        " they were loaded.",
    ),
)
