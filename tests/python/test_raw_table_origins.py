"""Raw tables come from landing folders and from tables of the warehouse alike."""

from __future__ import annotations

import os
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


HOOKS_ALONE = ("--select", "resource_type:seed")


def test_files_of_different_layouts_are_read_together(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Over the years an exporter adds a column, renames one, or widens a type."""
    folder = tmp_path / "llm_requests"
    folder.mkdir()
    for name, row in {
        "2024": "1::integer as input_tokens, 'r1' as external_request_id, 'x' as unknown",
        "2025": '\'r2\' as "externalRequestId", 2::bigint as "inputTokens", 20 as latency_ms',
        "2026": "'r3' as external_request_id, 3::integer as input_tokens",
    }.items():
        duckdb.sql(f"copy (select {row}) to '{folder / name}.parquet'")
    warehouse = build_warehouse(tmp_path, arguments=HOOKS_ALONE)
    events = """
        select external_request_id, input_tokens, typeof(input_tokens), latency_ms, user_id
        from raw_input.llm_requests order by all
    """
    assert query(warehouse, events) == [
        ("r1", 1, "BIGINT", None, None),
        ("r2", 2, "BIGINT", 20, None),
        ("r3", 3, "BIGINT", None, None),
    ]


def test_a_file_is_looked_into_when_it_is_new_or_has_changed(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Else every run would read the whole history to find the lines that do not parse."""
    landing, warehouse = tmp_path / "landing", tmp_path / "llm_costs.duckdb"
    folder = landing / "llm_requests"
    folder.mkdir(parents=True)
    log, table = folder / "a.jsonl", folder / "b.csv"
    unparsable = """
        select parse_filename(source_file), source_line, corrupt_record
        from raw_input.llm_requests where corrupt_record is not null order by all
    """

    def found_after(*texts: tuple[Path, str]) -> list[tuple[str, int, str]]:
        for path, text in texts:
            path.write_text(text, encoding="utf-8")
        build_warehouse(landing, warehouse=warehouse, arguments=HOOKS_ALONE)
        return query(warehouse, unparsable)

    half_a_line, surplus = ("a.jsonl", 1, '{"a"'), ("b.csv", 2, "r1,2026-01-01,surplus")
    header = "external_request_id,occurred_at\n"
    assert found_after((log, '{"a"\n'), (table, f"{header}r1,2026-01-01,surplus\n")) == [
        half_a_line,
        surplus,
    ]
    assert found_after() == [half_a_line, surplus]

    # The record says that the file is as it was, so nothing reads it.
    times = log.stat().st_atime_ns, log.stat().st_mtime_ns
    log.write_text("{'b'\n", encoding="utf-8")
    os.utime(log, ns=times)
    assert found_after() == [half_a_line, surplus]

    assert found_after((log, '{"a"\n\n[]\n')) == [half_a_line, ("a.jsonl", 3, "[]"), surplus]
    table.unlink()
    assert found_after((folder / "c.csv", "")) == [half_a_line, ("a.jsonl", 3, "[]")]


def test_a_full_refresh_remembers_what_it_found_in_the_files_of_every_raw_table(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    for raw_table, header in {"llm_requests": "attempt_id", "tickets": "ticket_id"}.items():
        (tmp_path / raw_table).mkdir()
        (tmp_path / raw_table / "a.csv").write_text(f"{header}\n1\n", encoding="utf-8")
    warehouse = build_warehouse(tmp_path, arguments=(*HOOKS_ALONE, "--full-refresh"))
    remembered = "select raw_table, layout from raw_input.inspected_files order by all"
    assert query(warehouse, remembered) == [
        ("llm_requests", "attempt_id"),
        ("tickets", "ticket_id"),
    ]
