"""Releases that are open or were decided."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from weekly_review.charts import as_float
from weekly_review.review import Review, Section
from weekly_review.warehouse import Row

VERDICTS = {
    "regression": "dearer",
    "improved": "cheaper",
    "inconclusive": "no rise shown",
    "no_material_change": "no change that matters",
    "insufficient_data": "too few cases yet",
}
DRIVERS = {
    "tokens_per_request": "tokens a request",
    "requests_per_case": "requests a case",
    "price_per_token": "price of a token",
    "resolved_share": "share resolved",
    "mix": "mix of cases",
}
WIDTH, HEIGHT = 180.0, 20.0


@dataclass(frozen=True)
class Shown:
    row: Row
    plot: Markup
    verdict: str
    driver: str


def bound(rows: list[Row]) -> float:
    """How far the scale reaches to either side, as a log."""
    ends = [
        abs(math.log1p(value))
        for row in rows
        for column in ("adjusted_ci_low", "adjusted_ci_high")
        if (value := as_float(row.value(column))) is not None and value > -1
    ]
    return min(max([math.log(1.5), *ends]) * 1.05, math.log(8))


def plot(row: Row, reach: float) -> Markup:
    """An interval on a log scale: no change in the middle, what does not matter as a band."""

    def x(lift: float) -> float:
        log = math.log1p(max(lift, -0.9999))
        return round((max(-reach, min(reach, log)) / reach + 1) / 2 * (WIDTH - 12) + 6, 1)

    low, high, value = (
        as_float(row.value(column))
        for column in ("adjusted_ci_low", "adjusted_ci_high", "adjusted_lift")
    )
    least = float(row.value("min_lift"))
    left, right = x(1 / (1 + least) - 1), x(least)
    middle = HEIGHT / 2
    drawn = (
        f'<rect class="within" x="{left}" width="{round(right - left, 1)}" height="{HEIGHT}"/>'
        f'<line class="zero" x1="{x(0)}" x2="{x(0)}" y1="0" y2="{HEIGHT}"/>'
    )
    if low is not None and high is not None and value is not None:
        held = " held" if row.value("gate") == "hold" else ""
        drawn += (
            f'<line class="interval{held}" x1="{x(low)}" x2="{x(high)}"'
            f' y1="{middle}" y2="{middle}"/>'
            f'<circle class="point{held}" cx="{x(value)}" cy="{middle}" r="4.5"/>'
        )
    return Markup(  # noqa: S704  # numbers alone
        f'<svg class="plot" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" aria-hidden="true"'
        f' focusable="false">{drawn}</svg>'
    )


def build(review: Review) -> dict[str, Any] | None:
    rows = review.ask("releases", "releases")
    if not rows:
        return None
    reach = bound(rows)
    return {
        "releases": [
            Shown(
                row,
                plot(row, reach),
                VERDICTS.get(row.value("verdict"), str(row.value("verdict")))
                if row.value("has_calls")
                else "no call yet",
                DRIVERS.get(row.value("main_driver"), ""),
            )
            for row in rows
        ],
        "min_lift": rows[0]["min_lift"],
        "held": [row for row in rows if row.value("gate") == "hold"],
        "standing": [
            row for row in rows if row.value("gate") == "hold" and not row.value("is_replaced")
        ],
        "cheaper": [row for row in rows if row.value("verdict") == "improved"],
        "is_judged": any(row.value("verdict") != "insufficient_data" for row in rows),
    }


SECTION = Section(
    "releases",
    build,
    notes=(
        "A release is compared with the version before it, 28 days on either side, by the cost of a"
        " request of its cases, at the mix of intents of both. The line is the 95 % interval; the"
        " band is what does not matter (regression_min_lift). Releases are judged as of now,"
        " also in the review of an earlier week. Not registered: a version that calls name and"
        " seeds/reference/prompt_releases.csv does not; it counts as released when it was seen"
        " first.",
    ),
)
