"""The desk: volume, intents, times, minutes."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section


def build(review: Review) -> dict[str, Any] | None:
    desk = review.ask_one("desk", "desk")
    if desk is None or not desk.value("opened"):
        return None
    intents = review.ask("desk", "intents")
    return {
        "desk": desk,
        "before": review.ask_one("desk", "desk_before"),
        "backlog": review.ask_one("desk", "backlog"),
        "returns": review.ask_one("desk", "returns"),
        "minutes": review.ask_one("desk", "minutes"),
        "intents": intents,
        "widest": max((float(row.value("cost_usd") or 0) for row in intents), default=0) or 1,
        "dearest": next((row for row in intents if row.value("cost_usd")), None),
    }


SECTION = Section(
    "desk",
    build,
    is_for_a_tenant=True,
    notes=(
        "Cases are those opened in the week that a bot or a person handled. Costs of intents are of"
        " these cases over their life so far. Times run from the opening; half of the cases took at"
        " most p50, nine of ten at most p90.",
        "Open cases are counted as of now: those that are pending, and those that the help desk has"
        " open and the outcome definition does not count as resolved. A pending case waits on who"
        " did not write last. How many were open at the end of an earlier week is not kept.",
        "Minutes saved rest on the minutes that seeds/reference/intents.csv says a person needs for"
        " an intent.",
    ),
)
