"""Outliers: the conversations with most tokens a request."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section
from weekly_review.warehouse import Row


def why(row: Row) -> str:
    if row.value("over_cap_attempts"):
        return "prompts over the history cap"
    if (row.value("growth_per_turn") or 0) > 0 and (row.value("last_turn") or 0) > 1:
        return "prompts grow with each turn"
    if row.value("retries"):
        return "repeated tries"
    if row.value("last_turn") is None:
        return "long documents, one turn"
    return "long prompts from the first turn"


def build(review: Review) -> dict[str, Any] | None:
    rows = review.ask("outliers", "threads")
    if not rows:
        return None
    return {
        "threads": [{"row": row, "why": why(row)} for row in rows],
        "widest": max((float(row.value("tokens_per_request") or 0) for row in rows), default=0)
        or 1,
    }


SECTION = Section(
    "outliers",
    build,
    # The mart holds the longest of everybody's: which is one customer's longest, it cannot say.
    is_for_a_tenant=False,
    notes=(
        "Of conversations of three or more requests that began in the week, the five with most"
        " tokens a request. The reason is the first that holds: over the cap, growing, repeated,"
        " long from the start.",
    ),
)
