"""One owner, one action, one guardrail, a date; what became of those of the weeks before."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section

# Why a guardrail is not known to hold (guardrail_status.reason).
REASONS = {
    "week_not_over": "the week is not over",
    "no_value": "nothing of it was there to count",
    "not_mature": "outcomes of the week can still change",
    "not_counted": "calls that are not counted could break it",
}
# How the number of a guardrail is written, by its metric; shares and ratios are per cent.
DOLLARS = ("cost_per_request", "cost_per_resolved")
NUMBERS = ("input_tokens_per_request", "output_tokens_per_request")
MEANS = ("satisfaction",)


def kind_of(metric: Any) -> str:
    if metric in DOLLARS:
        return "usd"
    if metric in NUMBERS:
        return "count"
    return "num" if metric in MEANS else "pct"


def build(review: Review) -> dict[str, Any] | None:
    if not review.story.decide:
        return None
    return {
        "action": review.story.action,
        "decide": review.story.decide,
        "due": review.ask("action", "due_this_week"),
        "overdue": review.ask("action", "overdue"),
        "guardrails": review.ask_one("action", "guardrails"),
        "reasons": REASONS,
        "kind_of": kind_of,
    }


SECTION = Section(
    "action",
    build,
    notes=(
        "The action is a proposal, that of the head of the page. Where it comes from an endpoint,"
        " the owner is the endpoint's (seeds/reference/endpoint_taxonomy.csv).",
        "Last week's actions are those that were due in this week, and overdue those that were due"
        " before it and were not done by its end (seeds/reference/guardrails.csv). Whether one"
        " worked is whether its guardrail holds in this week, by the number of the mart; it holds"
        " only where what is not counted cannot break it.",
    ),
)
