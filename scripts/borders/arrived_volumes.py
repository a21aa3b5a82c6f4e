"""Arrived: no day of a source is far below what its weekday brings."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from statistics import median
from typing import Any

import great_expectations.expectations as gxe
import pandas as pd

from borders.chance import is_below, usual_scatter
from borders.judging import among, judged
from borders.suite import Settings, Suite, Warehouse
from borders.weeks import RAW_TABLES

RULE = "volume_of_a_day"


class ExpectADayLikeItsWeekday(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "share_of_weekday"
    description: str = (
        "A day of a source brings at least {least_share} of what its weekday brings,"
        " or no less than chance explains."
    )


def daily_rows(warehouse: Warehouse) -> dict[tuple[str, str], dict[int, int]]:
    """Rows by raw table and source, and by the days before as_of."""
    counts: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for name, table in RAW_TABLES.items():
        if name not in warehouse.readable:
            continue
        for source in ("all", *table.sources):
            value = "''" if source == "all" else f"coalesce({source}, 'unknown')"
            for label, days_ago, rows in warehouse.connection.execute(
                f"""
                select {value}, date_diff('day', day, $as_of::date), count(distinct {table.key})
                from arrived_{name}
                group by all
                order by all
                """,
                {"as_of": warehouse.as_of},
            ).fetchall():
                counts[name, f"{source} {label}".strip()][days_ago] = rows
    return counts


def measure(warehouse: Warehouse) -> pd.DataFrame:
    settings = warehouse.settings
    limits = settings.rules[RULE].limits
    rows: list[dict[str, Any]] = []
    # Without an event there is no source either.
    as_of = warehouse.as_of or date.min
    for (table, source), counts in sorted(daily_rows(warehouse).items()):
        # A source is expected from the first day on which it was there.
        first = max(counts)
        before = {
            day: [
                counts.get(day + 7 * week, 0)
                for week in range(1, settings.reference_weeks + 1)
                if settings.judged_days < day + 7 * week <= first
            ]
            for day in range(1, settings.judged_days + 1)
        }
        # How a day of the weeks before lies about its weekday's median.
        scatter = usual_scatter(
            [
                (rows, median(weeks))
                for weeks in before.values()
                if len(weeks) >= settings.least_reference_weeks
                for rows in weeks
            ]
        )
        for day in range(1, settings.judged_days + 1):
            weeks, now = before[day], counts.get(day, 0)
            expected = median(weeks) if weeks else 0
            enough = (
                len(weeks) >= settings.least_reference_weeks and expected >= limits["least_rows"]
            )
            of_a_day = 1 - (1 - settings.confidence) / settings.judged_days
            beyond = enough and is_below(now, weeks, scatter, of_a_day)
            rows.append(
                {
                    "what": f"{table}, {source}, {as_of - timedelta(days=day)}",
                    "enough": enough,
                    "rows": now,
                    "usual_rows": float(expected),
                    "share_of_weekday": now / expected if enough else None,
                    "is_beyond_chance": beyond,
                }
            )
    return judged(rows, "rows", "usual_rows", "share_of_weekday", "is_beyond_chance")


def expect(settings: Settings) -> list[tuple[str, Any]]:
    limits = settings.rules[RULE].limits
    return [
        (
            RULE,
            ExpectADayLikeItsWeekday(
                min_value=limits["least_share"],
                row_condition=among(is_beyond_chance=True),
            ),
        )
    ]


SUITE = Suite(
    "arrived_volumes", "arrived", "Has every source sent what its weekday brings?", measure, expect
)
