"""Raw tables come from landing folders and from tables of the warehouse alike."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
from conftest import WITHOUT_OPERATIONS, query, run_dbt

BuildWarehouse = Callable[..., Path]


def demo_tables(warehouse: Path) -> list[tuple[str]]:
    assert query(warehouse, "select 1 from duckdb_tables() where schema_name = 'reference'")
    return query(warehouse, "select table_name from duckdb_tables() where schema_name = 'raw'")


def test_a_table_that_lives_in_the_warehouse_is_read_in_place(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    warehouse = tmp_path / "llm_costs.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema ops")
        connection.execute(
            """
            create table ops.calls as
            select
                'r' || i as "externalRequestId",
                timestamp '2026-01-01' + to_hours(i) as occurred_at,
                100 as "inputTokens",
                'openai' as provider,
                'gpt-4.1' as model,
                'real' as "dataMode",
                'prod' as environment,
                'T' || (i // 3) as "ticketId"
            from range(30) as r(i)
            """
        )
    build_warehouse(warehouse=warehouse, llm_requests_identifier="calls", llm_requests_schema="ops")
    costs = "select count(*), sum(cost_usd) from fct_attempts"
    assert query(warehouse, costs) == [(30, Decimal("0.006"))]
    # Tables that were not named are empty, not the demo company's.
    assert query(warehouse, "select distinct outcome from fct_tickets") == [("unknown",)]
    assert query(warehouse, "select count(*) from fct_tickets") == [(10,)]
    assert demo_tables(warehouse) == []


def test_a_landing_path_may_hold_any_character(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    landing = tmp_path / "Ann's exports"
    (landing / "llm_requests").mkdir(parents=True)
    line = '{"externalRequestId":"r1","occurredAt":"2026-03-01T12:00:00+08:00"}\n'
    (landing / "llm_requests" / "it's.jsonl").write_text(line, encoding="utf-8")
    warehouse = build_warehouse(landing, arguments=WITHOUT_OPERATIONS)
    found = query(warehouse, "select request_id, occurred_at::varchar from fct_attempts")
    assert found == [("r1", "2026-03-01 04:00:00")]


def test_a_warehouse_of_a_company_holds_no_row_of_the_demo_company(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    (tmp_path / "llm_requests").mkdir()
    warehouse = build_warehouse(tmp_path, arguments=("--select", "resource_type:seed"))
    assert demo_tables(warehouse) == []


def test_unit_tests_hold_on_a_warehouse_that_was_built_from_a_landing_folder(
    build_warehouse: BuildWarehouse, dbt_target: Path, tmp_path: Path
) -> None:
    """A fork that runs the whole `dbt build` every day runs them there, not on the demo."""
    (tmp_path / "llm_requests").mkdir()
    line = '{"externalRequestId":"r1","occurredAt":"2026-03-01T12:00:00Z"}\n'
    (tmp_path / "llm_requests" / "first.jsonl").write_text(line, encoding="utf-8")
    deliveries = "path:models/intermediate/deliveries"
    warehouse = build_warehouse(tmp_path, arguments=("--select", f"+{deliveries}"))
    unit_tests = ["test", "--select", f"{deliveries},test_type:unit"]
    run_dbt(unit_tests, warehouse, dbt_target, tmp_path)
