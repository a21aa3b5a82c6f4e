"""Budgets: what is spent of them, what is expected, and who answers for them."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section

STATES = {"exceeded": "spent", "spend_alert": "alert", "warning": "warning", "ok": "holds"}
PERIODS = {"daily": "a day", "weekly": "a week", "monthly": "a month"}


def build(review: Review) -> dict[str, Any] | None:
    rows = review.ask("budgets", "budgets")
    if not rows:
        return None
    return {
        "rows": rows,
        "states": review.ask_one("budgets", "states"),
        "told_otherwise": review.ask("budgets", "told_otherwise"),
        "state_words": STATES,
        "period_words": PERIODS,
    }


SECTION = Section(
    "budgets",
    build,
    notes=(
        "Budgets are of the period that the last day of the week lies in, by all that is known now;"
        " what was told of a day rests on what had come by its end."
        " Expected is what is spent and, for each day to come, the mean of its weekday in the last"
        " four weeks. As far as known: calls without a price or tokens can only make it more.",
    ),
)
