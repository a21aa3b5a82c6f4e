"""Where: endpoints by what they spend."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section

BARS = (
    "spend_share",
    "cost_per_request_usd",
    "input_tokens_per_request",
    "output_tokens_per_request",
    "waste_share",
)


def build(review: Review) -> dict[str, Any] | None:
    rows = review.ask("endpoints", "endpoints")
    if not rows:
        return None
    others = review.ask_one("endpoints", "others")
    widest = {
        column: max((float(row.value(column) or 0) for row in rows), default=0) or 1
        for column in BARS
    }
    return {
        "rows": rows,
        "widest": widest,
        "others": others if others is not None and others.value("endpoints") else None,
        "over": [
            row
            for row in rows
            if row.value("output_cap_breaches") or row.value("over_tier_attempts")
        ],
    }


SECTION = Section(
    "endpoints",
    build,
    notes=(
        "Waste is the cost of every try but the successful last one. Over cap: answers longer than"
        " the endpoint's cap. Over tier: tries on a dearer model than the risk of their intent"
        " allows.",
    ),
)
