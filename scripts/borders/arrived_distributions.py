"""Arrived: calls are as large, and words as frequent, as in the weeks before.

Judged by 2 n KL against chi-squared: what is beyond chance is a finding only where it is large as
well, because with many rows everything is beyond chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import great_expectations.expectations as gxe
import pandas as pd

from borders.chance import distance, usual_distance
from borders.judging import among, judged
from borders.suite import Settings, Suite, Warehouse

# Table, field, what its sources are. Counts are binned by half powers of two.
COUNTS = (
    ("llm_requests", "input_tokens", "endpoint_tag"),
    ("llm_requests", "output_tokens", "endpoint_tag"),
)
WORDS = (
    *(("llm_requests", field) for field in ("provider", "model", "service_tier", "endpoint_tag")),
    *(("llm_requests", field) for field in ("status_as_sent", "environment", "data_mode")),
    *(("tickets", field) for field in ("channel", "queue", "intent", "priority", "csat")),
    *(("workflow_outcomes", field) for field in ("use_case", "outcome")),
)
Bins = dict[str, dict[int, int]]


class ExpectCallsOfTheUsualSize(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "kl"
    description: str = "The sizes of calls are distributed as in the weeks before (KL, nats)."


class ExpectTheUsualMedian(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "median_times"
    description: str = "The median size is near that of the weeks before."


class ExpectTheUsualLargeCalls(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "p95_times"
    description: str = "The 95th percentile of size is near that of the weeks before."


class ExpectTheUsualWords(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "kl"
    description: str = "Words are as frequent as in the weeks before (KL, nats)."


def compared(warehouse: Warehouse, bins: Bins, least_rows: float) -> dict[str, Any]:
    """One distribution of the judged week against the pool of the weeks before."""
    settings = warehouse.settings
    weeks = [
        [by_week.get(week, 0) for by_week in bins.values()]
        for week in range(settings.reference_weeks + 1)
    ]
    now, before = weeks[0], [sum(rows) for rows in zip(*weeks[1:], strict=True)]
    filled = [week for week in weeks[1:] if sum(week)]
    enough = (
        sum(now) >= least_rows
        and sum(before) >= 2 * least_rows
        and len(filled) >= settings.least_reference_weeks
    )
    row: dict[str, Any] = {
        "enough": enough,
        "rows": sum(now),
        "rows_before": sum(before),
        "is_beyond_chance": False,
    }
    if enough:
        apart, usual = distance(now, before), usual_distance(filled)
        times = apart.times_chance(settings.confidence) / usual
        row |= {"kl": apart.kl, "times_chance": times, "is_beyond_chance": times > 1}
    return row


def histograms(
    warehouse: Warehouse, table: str, value: str, source: str
) -> Iterator[tuple[str, Bins]]:
    found: dict[str, Bins] = defaultdict(lambda: defaultdict(dict))
    for label, word, week, rows in warehouse.connection.execute(
        f"""
        select coalesce({source}, 'unknown'), cast({value} as varchar), week, count(*)
        from arrived_{table}
        where {value} is not null
        group by all
        order by all
        """
    ).fetchall():
        found[label][word][week] = rows
    yield from found.items()


def quantiles(warehouse: Warehouse, table: str, field: str, source: str) -> dict[str, Any]:
    """Median and 95th percentile by source, of the judged week and of the weeks before."""
    return {
        label: {"median": (now[0], before[0]), "p95": (now[1], before[1])}
        for label, now, before in warehouse.connection.execute(
            f"""
            select
                coalesce({source}, 'unknown'),
                quantile_cont({field}, [0.5, 0.95]) filter (week = 0),
                quantile_cont({field}, [0.5, 0.95]) filter (week > 0)
            from arrived_{table}
            where {field} is not null
            group by all
            """
        ).fetchall()
        if now and before
    }


def measure(warehouse: Warehouse) -> pd.DataFrame:
    rules = warehouse.settings.rules
    rows: list[dict[str, Any]] = []
    for table, field, source in COUNTS:
        if table not in warehouse.readable:
            continue
        sizes = quantiles(warehouse, table, field, source)
        binned = f"cast(floor(2 * log2(1 + {field})) as integer)"
        for label, bins in histograms(warehouse, table, binned, source):
            row = compared(warehouse, bins, rules["size_of_calls"].limits["least_rows"])
            row |= {"what": f"{table}, {label}, {field}", "kind": "size_of_calls"}
            if row["enough"]:
                for name, (now, before) in sizes[label].items():
                    row |= {name: now, f"{name}_before": before}
                    row[f"{name}_times"] = now / before if before else None
            rows.append(row)
    for table, field in WORDS:
        if table not in warehouse.readable:
            continue
        for _, bins in histograms(warehouse, table, field, "'all'"):
            row = compared(warehouse, bins, rules["mix_of_words"].limits["least_rows"])
            rows.append(row | {"what": f"{table}, {field}", "kind": "mix_of_words"})
    return judged(
        rows,
        *("kind", "rows", "rows_before", "kl", "times_chance", "is_beyond_chance"),
        *("median", "median_before", "median_times", "p95", "p95_before", "p95_times"),
    )


def expect(settings: Settings) -> list[tuple[str, Any]]:
    sizes, words = settings.rules["size_of_calls"].limits, settings.rules["mix_of_words"].limits
    times = {"min_value": 1 / sizes["most_times"], "max_value": sizes["most_times"]}
    of_counts = {"row_condition": among(is_beyond_chance=True, kind="size_of_calls")}
    return [
        ("size_of_calls", ExpectCallsOfTheUsualSize(max_value=sizes["most_kl"], **of_counts)),
        ("size_of_calls", ExpectTheUsualMedian(**times, **of_counts)),
        ("size_of_calls", ExpectTheUsualLargeCalls(**times, **of_counts)),
        (
            "mix_of_words",
            ExpectTheUsualWords(
                max_value=words["most_kl"],
                row_condition=among(is_beyond_chance=True, kind="mix_of_words"),
            ),
        ),
    ]


SUITE = Suite(
    "arrived_distributions",
    "arrived",
    "Are calls as large, and words as frequent, as in the weeks before?",
    measure,
    expect,
)
