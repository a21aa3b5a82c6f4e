"""Alerts: what was told in the week, on the day on which it could first be known."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section

KINDS = {
    "cost_drift": "A request costs more",
    "context_creep": "Inputs grow",
    "retry_storm": "A retry storm",
    "failing_burst": "A burst that fails",
    "unknown_users": "Unknown users",
    "tenant_concentration": "A customer's share",
    "budget_state": "A budget",
    "silent_endpoint": "An endpoint is silent",
    "late_source": "A source is late",
    "unpriced_share": "Calls without a price",
    "unattributed_share": "Calls without a case",
}
CLASSES = {
    "token": "more tokens",
    "deploy": "a release",
    "abuse": "abuse",
    "retry_storm": "retries",
    "volume": "more work",
    "mixed": "other models",
}
SHOWN = 8


def build(review: Review) -> dict[str, Any] | None:
    rows = review.ask("alerts", "alerts")
    if not rows:
        return None
    return {
        "rows": rows[:SHOWN],
        "left_out": len(rows) - SHOWN,
        "told": review.ask_one("alerts", "told"),
        "kinds": KINDS,
        "classes": CLASSES,
    }


SECTION = Section(
    "alerts",
    build,
    notes=(
        "An alert is judged at the end of its day, by what was known then, and no later row changes"
        " it; spikes and budgets are by what is known now. What costs more is against the four"
        " weeks before. Alerts with the cause of an earlier one, and what is only expected of a"
        " budget, are in the mart alone.",
    ),
)
