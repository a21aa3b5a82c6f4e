"""Shows what was built: the headline number of the last complete weeks, and what to ask next.

Exit codes: 0 shown, 1 there is nothing to show and why.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
from publishing.options import DEFAULT_WAREHOUSE, add_warehouse

HEADLINE = "cost_per_resolved_ticket"
PERIODS = "dim_periods"
WEEKS = 8

# Each with the mart that it reads; shown only when the warehouse has that mart.
NEXT_QUESTIONS = (
    (
        "Which intents drive the spend?",
        "cost_per_resolved_ticket",
        "select segment_value as intent, sum(ticket_cost_usd) from {mart}"
        " where period_grain = 'month' and segment_type = 'intent' group by 1 order by 2 desc",
    ),
    (
        "Did a prompt release make requests dearer?",
        "prompt_version_regression",
        "select endpoint_tag, prompt_version, metric, lift, verdict from {mart}"
        " where verdict in ('regression', 'improved')",
    ),
    (
        "Which customers does the spend depend on?",
        "tenant_share",
        "select tenant_id, cost_usd, spend_share, cumulative_share from {mart}"
        " where period_grain = 'month' order by period_start desc, spend_rank",
    ),
)


class SummaryError(Exception):
    """Something that the reader can put right."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_warehouse(parser)
    return parser.parse_args(arguments)


def connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    if not warehouse.is_file():
        raise SummaryError(f"There is no warehouse at {warehouse}. Run `make build` first.")
    try:
        return duckdb.connect(str(warehouse), read_only=True)
    except duckdb.IOException as error:
        raise SummaryError(f"The warehouse at {warehouse} cannot be read now: {error}") from error


def find_mart(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """The table's qualified name: its schema depends on the target that it was built with."""
    row = connection.execute(
        """
        select table_schema
        from information_schema.tables
        where table_catalog = current_database() and table_name = ?
        order by table_schema
        limit 1
        """,
        [name],
    ).fetchone()
    return f"{row[0]}.{name}" if row else None


def headline(connection: duckdb.DuckDBPyConnection, mart: str, periods: str) -> list[str]:
    """The last weeks that are over and hold cases."""
    rows = connection.execute(
        f"""
        select
            period_start,
            ticket_cost_usd,
            resolved_tickets,
            cost_per_resolved_usd,
            cost_per_resolved_fully_loaded_usd
        from {mart}
        where period_grain = 'week' and segment_type = 'all'
            and period_start in (
                select period_start from {periods} where period_grain = 'week' and is_complete
            )
        order by period_start desc
        limit {WEEKS}
        """
    ).fetchall()
    if not rows:
        return ["  no complete week yet"]
    lines = [
        f"  {'week of':<10}  {'ticket cost':>12}  {'resolved':>8}"
        f"  {'per resolved':>12}  {'fully loaded':>12}"
    ]
    for week, cost, resolved, per_resolved, fully_loaded in reversed(rows):
        lines.append(
            f"  {week!s:<10}  {usd(cost, 2):>12}  {resolved:>8,}"
            f"  {usd(per_resolved, 4):>12}  {usd(fully_loaded, 4):>12}"
        )
    return lines


def usd(amount: Decimal | None, places: int) -> str:
    return "unknown" if amount is None else f"${amount:,.{places}f}"


def next_questions(connection: duckdb.DuckDBPyConnection) -> list[str]:
    lines = []
    for question, name, sql in NEXT_QUESTIONS:
        mart = find_mart(connection, name)
        if mart:
            lines += [f"  -- {question}", f"  {sql.format(mart=mart)}"]
    return lines


def summary(warehouse: Path) -> list[str]:
    # dbt would ask the default one.
    named = "" if warehouse == Path(DEFAULT_WAREHOUSE) else f"LLM_COSTS_WAREHOUSE={warehouse} "
    with connect(warehouse) as connection:
        marts = {name: find_mart(connection, name) for name in (HEADLINE, PERIODS)}
        mart, periods = marts.values()
        if mart is None or periods is None:
            missing = " and ".join(name for name, found in marts.items() if found is None)
            raise SummaryError(
                f"The warehouse at {warehouse} has no table {missing}:"
                " the build did not get that far. Its first error says why."
            )
        return [
            "",
            "Cost per resolved ticket, last complete weeks",
            *headline(connection, mart, periods),
            "",
            f"Warehouse: {warehouse.resolve()} (DuckDB)",
            f'Try next ({named}.venv/bin/dbt show --profiles-dir . --limit 20 --inline "..."):',
            *next_questions(connection),
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        lines = summary(options.warehouse)
    except SummaryError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
