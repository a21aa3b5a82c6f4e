"""Published: marts that share a total agree on it to the last digit, month by month.

Compared as text: 0.1 is not 0.1 where it was a float on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import great_expectations.expectations as gxe
import pandas as pd

from borders.judging import among, judged
from borders.suite import Settings, Suite, Warehouse

RULE = "totals_agree"
# By total: the mart that is right by definition, then the others. {month} is what is asked for.
MONTHLY = "period_grain = 'month'"
TOTALS: Mapping[str, Mapping[str, str]] = {
    "reportable spend": {
        "fct_attempts": """
            select date_trunc('month', request_date)::date, sum(cost_usd)
            from fct_attempts where is_reportable group by 1
        """,
        "tenant_share": f"""
            select period_start, sum(cost_usd) from tenant_share where {MONTHLY} group by 1
        """,
        "endpoint_economics": f"""
            select period_start, sum(cost_usd) from endpoint_economics where {MONTHLY} group by 1
        """,
    },
    "spend on cases": {
        "fct_attempts": """
            select date_trunc('month', request_date)::date, sum(cost_usd)
            from fct_attempts where is_case_spend group by 1
        """,
        **{
            f"cost_per_resolved_ticket by {segment}": f"""
                select period_start, sum(ticket_cost_usd) from cost_per_resolved_ticket
                where {MONTHLY} and segment_type = '{segment}' group by 1
            """
            for segment in ("all", "tenant", "intent", "queue", "channel", "automation_class")
        },
        "cost_per_deflection": f"""
            select period_start, sum(ticket_cost_usd) from cost_per_deflection
            where {MONTHLY} and segment_type = 'all' group by 1
        """,
    },
    "support spend": {
        "cost_per_resolved_ticket": f"""
            select
                period_start,
                sum(coalesce(ticket_cost_usd, 0) + coalesce(unattributed_cost_usd, 0))
            from cost_per_resolved_ticket where {MONTHLY} and segment_type = 'all' group by 1
        """,
        "spend_bridge": f"""
            select period_start, sum(coalesce(cost_usd, 0)) from spend_bridge
            where {MONTHLY} group by 1
        """,
    },
}


class ExpectTheSameTotal(gxe.ExpectColumnPairValuesToBeEqual):  # type: ignore[misc]
    ignore_row_if: str = "neither"
    description: str = "A month's total is the same in every mart that has it, digit for digit."


def by_month(warehouse: Warehouse, sql: str) -> dict[str, str]:
    """Text with twelve decimal places; a month without a known cost is 0, whoever reports it."""
    return dict(
        warehouse.connection.execute(
            f"""
            select strftime(period_start, '%Y-%m'), sum(coalesce(usd, 0))::decimal(38, 12)::varchar
            from ({sql}) as totals (period_start, usd)
            where coalesce(usd, 0) <> 0
            group by all
            """
        ).fetchall()
    )


def measure(warehouse: Warehouse) -> pd.DataFrame:
    rows = []
    for total, marts in TOTALS.items():
        (first, right), *others = ((mart, by_month(warehouse, sql)) for mart, sql in marts.items())
        for mart, found in others:
            rows += [
                {
                    "what": f"{total}, {mart} against {first}, {month}",
                    "enough": True,
                    "total_usd": found.get(month, "none"),
                    "expected_usd": right.get(month, "none"),
                }
                for month in sorted(right.keys() | found.keys())
            ]
    return judged(rows, "total_usd", "expected_usd")


def expect(settings: Settings) -> list[tuple[str, Any]]:  # noqa: ARG001
    return [
        (
            RULE,
            ExpectTheSameTotal(
                column_A="total_usd",
                column_B="expected_usd",
                row_condition=among(),
            ),
        )
    ]


SUITE = Suite("published_totals", "published", "Do marts agree on their totals?", measure, expect)
