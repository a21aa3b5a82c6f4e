"""Leaks: what could be saved, with what it assumes and risks."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section

LEAKS = {
    "tries_without_result": (
        "Tries without a result",
        "every such try is avoided",
        "answers that only a second try brings",
    ),
    "prompts_over_history_cap": (
        "Prompts over the history cap",
        "older turns are cut at the cap",
        "what an early turn said is forgotten",
    ),
    "tool_calls_sent_before": (
        "Tool calls sent before",
        "the earlier result is used again",
        "results that have changed since",
    ),
    "loops_of_stages": (
        "Stages that go round in loops",
        "the first pass is kept",
        "drafts that the second pass mends",
    ),
    "stages_over_cost_cap": (
        "Stages over their cost cap",
        "what is above the cap is cut",
        "the cases that needed it",
    ),
    "context_given_again": (
        "Context given again at a hand-off",
        "the next one gets a summary",
        "details that a summary leaves out",
    ),
    "work_above_model_tier": (
        "Work above its model tier",
        "a cheaper model does it (shown is its whole cost)",
        "quality on a cheaper model",
    ),
}


def build(review: Review) -> dict[str, Any] | None:
    rows = [row for row in review.ask("leaks", "leaks") if row.value("month_usd")]
    if not rows:
        return None
    return {
        "savings": [row for row in rows if row.value("meaning") == "saving"],
        "at_stake": [row for row in rows if row.value("meaning") != "saving"],
        "names": LEAKS,
        "widest": max(float(row.value("month_usd")) for row in rows),
        "first": rows[0],
    }


SECTION = Section(
    "leaks",
    build,
    notes=(
        "Dollars a month are those of the four weeks that end with this one, scaled to 30.4 days. A"
        " dollar may leak in several ways, so the rows do not add up; what they save together,"
        " applied in order, is not known.",
    ),
)
