"""Whether every engine came to the same numbers: exact money and counts, ratios to nine digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

Answers = dict[str, list[tuple[Any, ...]]]

# Every question is asked of every engine's tables; {table} becomes its file or relation.
QUESTIONS = {
    "attempts": "select count(*), sum(cost_usd), sum(waste_cost_usd), count(cost_usd),"
    " count(*) filter (where is_reportable), count(*) filter (where is_final),"
    " count(*) filter (where is_fallback), sum(attempt_index) from {fct_attempts}",
    "workflows": "select workflow_kind, use_case, count(*), sum(cost_usd), sum(requests),"
    " sum(attempts), count(*) filter (where is_success) from {fct_workflows} group by all"
    " order by all",
    "tickets": "select outcome, automation_class, count(*), sum(cost_usd), sum(attempts),"
    " count(*) filter (where is_resolved), count(*) filter (where is_deflected)"
    " from {fct_tickets} group by all order by all",
    "cost per resolved ticket": "select period_grain, period_start, segment_type, segment_value,"
    " ticket_cost_usd, handled_tickets, resolved_tickets, cost_per_resolved_usd,"
    " cost_to_resolve_per_resolved_usd, cohort_cost_per_resolved_usd"
    " from {cost_per_resolved_ticket} where period_grain <> 'day' order by all",
    "cost per deflection": "select period_grain, period_start, segment_type, segment_value,"
    " deflected_tickets, cost_per_deflection_usd, expected_escalations, observed_escalations,"
    " minutes_saved from {cost_per_deflection} where period_grain <> 'day' order by all",
    "tenant share": "select period_start, tenant_id, cost_usd, spend_rank, attempts,"
    " format('{{:.9f}}', spend_share) from {tenant_share} where period_grain = 'month'"
    " order by all",
    "tenant concentration": "select period_grain, period_start, tenants, cost_usd,"
    " format('{{:.9f}}', top_5_share), format('{{:.9f}}', hhi), format('{{:.9f}}', gini)"
    " from {tenant_concentration} order by all",
    "prompt versions": "select endpoint_tag, prompt_version, metric, arm, units,"
    " format('{{:.9e}}', ratio) from {prompt_version_ratios} order by all",
}
OUR_RATIOS = (
    "(select endpoint_tag, prompt_version, metric, 'candidate' as arm, units, value as ratio"
    " from {regression} where units > 0 union all"
    " select endpoint_tag, prompt_version, metric, 'baseline', baseline_units, baseline_value"
    " from {regression} where baseline_units > 0)"
)
TABLES = (
    "fct_attempts",
    "fct_workflows",
    "fct_tickets",
    "cost_per_resolved_ticket",
    "cost_per_deflection",
    "tenant_share",
    "tenant_concentration",
    "prompt_version_ratios",
)


def of_project(warehouse: Path) -> Answers:
    relations = {table: f"marts.{table}" for table in TABLES}
    relations["prompt_version_ratios"] = OUR_RATIOS.format(
        regression="marts.prompt_version_regression"
    )
    return _ask(duckdb.connect(str(warehouse), read_only=True), relations)


def of_script(warehouse: Path) -> Answers:
    relations = {table: table for table in TABLES}
    return _ask(duckdb.connect(str(warehouse), read_only=True), relations)


def of_parquet(folder: Path) -> Answers:
    relations = {table: f"read_parquet('{folder}/{table}/*.parquet')" for table in TABLES}
    return _ask(duckdb.connect(), relations)


def _ask(connection: duckdb.DuckDBPyConnection, relations: dict[str, str]) -> Answers:
    with connection:
        return {
            question: connection.execute(query.format(**relations)).fetchall()
            for question, query in QUESTIONS.items()
        }


def differences(ours: Answers, theirs: Answers) -> list[str]:
    """A line a question whose answers differ, with the first row that does."""
    found = []
    for question, expected in ours.items():
        answer = theirs[question]
        if answer != expected:
            pairs = zip(expected, answer, strict=False)
            first = next((pair for pair in pairs if pair[0] != pair[1]), None)
            found.append(f"{question}: {len(expected)} and {len(answer)} rows; first {first}")
    return found
