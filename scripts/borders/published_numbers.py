"""Published: no mart has lost rows, and no headline has left the range of the weeks before."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

import great_expectations.expectations as gxe
import pandas as pd

from borders.chance import is_more
from borders.judging import among, judged
from borders.suite import Settings, Suite, Warehouse

# The judged week (week 0) and those before, counted back from as_of like those of what arrives.
OF_ATTEMPTS = """
    select
        (date_diff('day', request_date, $as_of::date) - 1) // $days as week,
        count(*) as attempts,
        count(distinct request_id) as requests,
        count(*) filter (cost_usd is null) as unpriced,
        sum(cost_usd) as cost_usd,
        count(*) filter (workflow_id is null) as unattributed
    from fct_attempts
    where is_reportable
        and request_date < $as_of::date
        and request_date >= $as_of::date - to_days(($weeks + 1) * $days)
    group by all
"""
OF_CASES = """
    select
        (date_diff('day', first_attempt_at::date, $as_of::date) - 1) // $days as week,
        count(*) as cases,
        quantile_cont(cost_usd, 0.5) as median,
        quantile_cont(cost_usd, 0.95) as p95
    from fct_tickets
    where is_handled
        and first_attempt_at < $as_of::date
        and first_attempt_at >= $as_of::date - to_days(($weeks + 1) * $days)
    group by all
"""
# Parts of the attempts of a week, each judged by the rule <part>_share.
SHARES = ("unpriced", "unattributed")
# Of each mart by period: rows of the newest complete weeks.
ROWS = """
    select period_start, count(*) from "{mart}"
    where period_grain = 'week' and period_start + interval 7 day <= $as_of::date
        and period_start >= $as_of::date - to_days(($weeks + 2) * 7)
    group by 1
"""


class ExpectTheUsualRows(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "times_usual"
    description: str = "A mart's newest complete weeks have nearly as many rows as those before."


class ExpectNoMoreOfIt(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "more_than_before"
    description: str = (
        "No larger share of attempts is without a price, or without a workflow, than before."
    )


class ExpectTheUsualRatio(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "times_usual"
    description: str = "A headline of the judged week is near the median of the weeks before."


class ExpectTheUsualCostOfACase(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "times_usual"
    description: str = "Median and 95th percentile of a case's cost are near the weeks before."


def against_usual(
    warehouse: Warehouse, kind: str, what: str, weeks: Sequence[tuple[float | None, int]]
) -> dict[str, Any]:
    """The first of `weeks`, each a figure and the rows behind it, by the median of the others."""
    settings = warehouse.settings
    (now, rows), *others = weeks if weeks else ((None, 0),)
    least = settings.rules[kind].limits["least_rows"]
    before = [figure for figure, behind in others if figure is not None and behind >= least]
    usual = median(before) if before else None
    enough = (
        len(before) >= settings.least_reference_weeks
        and bool(usual)
        and now is not None
        and rows >= least
    )
    return {
        "what": what,
        "kind": kind,
        "enough": enough,
        "rows": rows,
        "figure": now,
        "usual": usual,
        "times_usual": now / usual if enough and now is not None and usual else None,
    }


def weekly(warehouse: Warehouse, sql: str) -> dict[int, dict[str, Any]]:
    settings = warehouse.settings
    result = warehouse.connection.execute(
        sql,
        {
            "as_of": warehouse.as_of,
            "days": settings.judged_days,
            "weeks": settings.reference_weeks,
        },
    )
    names = [column[0] for column in result.description or []]
    return {row[0]: dict(zip(names, row, strict=True)) for row in result.fetchall()}


def ratios(warehouse: Warehouse, weeks: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Looked at, never booked: a float is precise enough for whether a figure has doubled."""
    asked = {
        "spend": ("cost_usd", None),
        "cost of a request": ("cost_usd", "requests"),
    }
    found = []
    for name, (part, whole) in asked.items():
        series: list[tuple[float | None, int]] = []
        for number in range(warehouse.settings.reference_weeks + 1):
            week = weeks.get(number, {})
            above, below = week.get(part), week.get(whole, 0) if whole else 1
            ratio = float(above) / float(below) if above is not None and below else None
            series.append((ratio, week.get("attempts", 0)))
        found.append(against_usual(warehouse, "ratio_of_a_week", name, series))
    return found


def costs_of_cases(warehouse: Warehouse) -> list[dict[str, Any]]:
    weeks = weekly(warehouse, OF_CASES)
    return [
        against_usual(
            warehouse,
            "cost_of_a_case",
            f"cost of a case, {name}",
            [
                (
                    None if week.get(figure) is None else float(week[figure]),
                    week.get("cases", 0),
                )
                for week in (
                    weeks.get(number, {})
                    for number in range(warehouse.settings.reference_weeks + 1)
                )
            ],
        )
        for name, figure in (("median", "median"), ("95th percentile", "p95"))
    ]


def share_of_attempts(
    warehouse: Warehouse, part: str, weeks: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    now = weeks.get(0, {"attempts": 0, part: 0})
    before = {
        name: sum(week[name] for number, week in weeks.items() if number > 0)
        for name in ("attempts", part)
    }
    rule = f"{part}_share"
    least = warehouse.settings.rules[rule].limits["least_rows"]
    row: dict[str, Any] = {
        "what": f"{part} attempts",
        "kind": rule,
        "enough": min(now["attempts"], before["attempts"]) >= least,
        "rows": now["attempts"],
        "is_beyond_chance": False,
    }
    if row["enough"]:
        row["figure"] = now[part] / now["attempts"]
        row["usual"] = before[part] / before["attempts"]
        row["more_than_before"] = row["figure"] - row["usual"]
        row["is_beyond_chance"] = is_more(
            now[part],
            now["attempts"],
            before[part],
            before["attempts"],
            warehouse.settings.confidence,
        )
    return row


def rows_of_marts(warehouse: Warehouse) -> list[dict[str, Any]]:
    settings = warehouse.settings
    marts = warehouse.connection.execute(
        """
        select table_name from duckdb_columns()
        where schema_name = ? and database_name = current_database()
            and column_name = 'period_grain'
        order by table_name
        """,
        [warehouse.marts],
    ).fetchall()
    found = []
    for (mart,) in marts:
        weeks = dict(
            warehouse.connection.execute(
                ROWS.format(mart=mart),
                {"as_of": warehouse.as_of, "weeks": settings.reference_weeks},
            ).fetchall()
        )
        if not warehouse.as_of:
            continue
        monday = warehouse.as_of.toordinal() - warehouse.as_of.weekday()
        counts = [
            next((rows for day, rows in weeks.items() if day.toordinal() == monday - 7 * back), 0)
            for back in range(1, settings.reference_weeks + 2)
        ]
        usual = median(counts[1:])
        enough = usual >= settings.rules["rows_of_a_period"].limits["least_rows"]
        found.append(
            {
                "what": f"{mart}, the newest complete week",
                "kind": "rows_of_a_period",
                "enough": enough,
                "rows": counts[0],
                "usual": float(usual),
                "times_usual": counts[0] / usual if enough else None,
            }
        )
    return found


def measure(warehouse: Warehouse) -> pd.DataFrame:
    weeks = weekly(warehouse, OF_ATTEMPTS)
    rows = [
        *rows_of_marts(warehouse),
        *(share_of_attempts(warehouse, part, weeks) for part in SHARES),
        *ratios(warehouse, weeks),
        *costs_of_cases(warehouse),
    ]
    return judged(
        rows,
        *("kind", "rows", "figure", "usual", "times_usual", "more_than_before", "is_beyond_chance"),
    )


def expect(settings: Settings) -> list[tuple[str, Any]]:
    def around(rule: str) -> dict[str, float]:
        times = settings.rules[rule].limits["most_times"]
        return {"min_value": 1 / times, "max_value": times}

    return [
        (
            "rows_of_a_period",
            ExpectTheUsualRows(
                min_value=settings.rules["rows_of_a_period"].limits["least_share"],
                row_condition=among(kind="rows_of_a_period"),
            ),
        ),
        *(
            (
                f"{part}_share",
                ExpectNoMoreOfIt(
                    max_value=settings.rules[f"{part}_share"].limits["most_more"],
                    row_condition=among(kind=f"{part}_share", is_beyond_chance=True),
                ),
            )
            for part in SHARES
        ),
        (
            "ratio_of_a_week",
            ExpectTheUsualRatio(
                row_condition=among(kind="ratio_of_a_week"), **around("ratio_of_a_week")
            ),
        ),
        (
            "cost_of_a_case",
            ExpectTheUsualCostOfACase(
                row_condition=among(kind="cost_of_a_case"), **around("cost_of_a_case")
            ),
        ),
    ]


SUITE = Suite(
    "published_numbers",
    "published",
    "Have marts their rows, and headlines their range?",
    measure,
    expect,
)
