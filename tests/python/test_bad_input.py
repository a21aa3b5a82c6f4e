"""Input that cannot be used says so, in words that tell what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import borders
import duckdb
import pytest
from conftest import DbtError, query
from warehouses import public_tables

BuildWarehouse = Callable[..., Path]
ATTEMPTS = ("--select", "+fct_attempts", "+rejected_rows")


def refusal(build_warehouse: BuildWarehouse, *args: object, **kwargs: object) -> str:
    with pytest.raises(DbtError) as failure:
        build_warehouse(*args, **kwargs)
    return str(failure.value)


@pytest.fixture(scope="module")
def empty_warehouse(
    build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return build_warehouse(tmp_path_factory.mktemp("empty_landing"))


def test_an_empty_landing_folder_builds_empty_marts(empty_warehouse: Path) -> None:
    # Registers and prices are not telemetry; they are as full as ever.
    registers = {"dim_endpoints", "dim_model_prices", "dim_prompt_releases", "dim_tenants"}
    registers |= {"dim_flows", "dim_use_cases", "dim_use_case_risks", "guardrail_register"}
    for table in public_tables(empty_warehouse):
        if table in registers:
            continue
        rows = query(empty_warehouse, f"select count(*) from {table}")
        if table == "prompt_version_regression":
            verdicts = f"select distinct verdict, gate from {table}"
            assert query(empty_warehouse, verdicts) == [("insufficient_data", "pass")]
        else:
            assert rows == [(0,)], table


def test_an_empty_warehouse_is_too_little_to_judge(empty_warehouse: Path) -> None:
    report = borders.check(empty_warehouse)
    assert not report.findings
    # That tables can be read and have their columns can be said without a row.
    judged = {outcome.rule for outcome in report.outcomes if outcome.state != "too_little"}
    assert judged == {"readable", "columns_of_the_contract"}


def test_an_empty_warehouse_has_the_types_of_a_full_one(
    empty_warehouse: Path, demo_warehouse: Path
) -> None:
    types = """
        select table_name, column_name, data_type from information_schema.columns
        where table_schema = 'marts' order by all
    """
    assert query(empty_warehouse, types) == query(demo_warehouse, types)


def test_a_missing_landing_folder_is_named(build_warehouse: BuildWarehouse, tmp_path: Path) -> None:
    said = refusal(build_warehouse, tmp_path / "nowhere")
    assert "nowhere' does not exist" in said
    assert "LLM_COSTS_LANDING" in said


def test_a_broken_parquet_file_is_named(build_warehouse: BuildWarehouse, tmp_path: Path) -> None:
    (tmp_path / "llm_requests").mkdir()
    (tmp_path / "llm_requests" / "broken.parquet").write_bytes(b"not parquet at all")
    assert "broken.parquet" in refusal(build_warehouse, tmp_path)


@pytest.fixture(scope="module")
def odd_warehouse(
    build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Files of which each is odd in its own way, in one folder."""
    landing = tmp_path_factory.mktemp("odd_landing")
    folder = landing / "llm_requests" / "deep" / "er"
    folder.mkdir(parents=True)
    (landing / "llm_requests" / "colour.csv").write_text(
        "externalRequestId,occurredAt,favouriteColour\nblue,2026-03-01T00:00:00Z,blue\n",
        encoding="utf-8",
    )
    (landing / "llm_requests" / "negative.jsonl").write_text(
        '{"externalRequestId":"minus","occurredAt":"2026-03-01T00:00:00Z","reportedCostUsd":-1}\n',
        encoding="utf-8",
    )
    (folder / "a.jsonl").write_bytes(
        b'{"externalRequestId":"r1","occurredAt":"2026-03-01T00:00:00Z"}\n'
        b"\n"
        b'{"externalRequestId":\n'
        b"[1, 2]\n"
        b'{"externalRequestId":"\xff"}\n'
    )
    (folder / "b.csv").write_text(
        "external_request_id,occurred_at\nr2,2026-03-01\nr3\nr4,2026-03-01,surplus\n",
        encoding="utf-8",
    )
    return build_warehouse(landing, arguments=ATTEMPTS)


def test_unknown_columns_are_ignored(odd_warehouse: Path) -> None:
    read = "select input_tokens from fct_attempts where request_id = 'blue'"
    assert query(odd_warehouse, read) == [(None,)]


def test_a_negative_reported_cost_says_nothing(odd_warehouse: Path) -> None:
    read = "select cost_usd, cost_source from fct_attempts where request_id = 'minus'"
    assert query(odd_warehouse, read) == [(None, "unpriced")]


def test_lines_that_do_not_parse_are_rejected_with_file_and_line(odd_warehouse: Path) -> None:
    accepted = "select request_id from fct_attempts where request_id[1] = 'r' order by 1"
    assert query(odd_warehouse, accepted) == [("r1",), ("r2",)]
    rejected = """
        select parse_filename(source_file), source_line, reason from rejected_rows order by all
    """
    assert query(odd_warehouse, rejected) == [
        ("a.jsonl", 3, "unparsable_line"),
        ("a.jsonl", 4, "unparsable_line"),
        ("a.jsonl", 5, "unparsable_line"),
        ("b.csv", 3, "unparsable_line"),
        ("b.csv", 4, "unparsable_line"),
    ]


def test_an_unknown_outcome_definition_is_named(build_warehouse: BuildWarehouse) -> None:
    said = refusal(build_warehouse, outcome_definition="best_effort")
    assert "The variable outcome_definition is best_effort" in said


def test_a_cost_basis_that_does_not_exist_is_refused(build_warehouse: BuildWarehouse) -> None:
    assert "set reported_first or priced_first" in refusal(build_warehouse, cost_basis="cheapest")


def test_two_origins_for_one_raw_table_are_refused(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    said = refusal(build_warehouse, tmp_path, tickets_identifier="zendesk_tickets")
    assert "Two origins for the raw table 'tickets'" in said


def test_a_warehouse_table_that_does_not_exist_is_named(build_warehouse: BuildWarehouse) -> None:
    said = refusal(build_warehouse, tickets_identifier="zendesk_tickets")
    assert "zendesk_tickets" in said
    assert "tickets_schema" in said or "_schema" in said


def test_facts_of_two_origins_are_not_mixed(
    build_warehouse: BuildWarehouse, demo_warehouse: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "llm_costs.duckdb"
    copy.write_bytes(demo_warehouse.read_bytes())
    (tmp_path / "landing").mkdir()
    said = refusal(build_warehouse, tmp_path / "landing", warehouse=copy)
    assert "--full-refresh" in said


def test_settings_that_reach_into_every_attempt_need_a_full_refresh(
    build_warehouse: BuildWarehouse, demo_warehouse: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "llm_costs.duckdb"
    copy.write_bytes(demo_warehouse.read_bytes())
    said = refusal(build_warehouse, warehouse=copy, cost_basis="priced_first")
    assert "cost_basis: reported_first" in said
    assert "--full-refresh" in said


def test_a_run_that_rebuilt_everything_has_said_what_it_was_built_with(
    demo_warehouse: Path,
) -> None:
    recorded = "select setting, setting_value from run.run_settings"
    settings = dict(query(demo_warehouse, recorded))
    assert settings["cost_basis"] == "reported_first"
    assert (settings["run_is_whole"], settings["run_is_complete"]) == ("true", "true")
    ((as_of,),) = query(demo_warehouse, "select as_of from int_as_of")
    assert settings["reports_speak_for"] == str(as_of)


def test_requests_that_another_engine_would_hash_otherwise_need_a_full_refresh(
    build_warehouse: BuildWarehouse, demo_warehouse: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "llm_costs.duckdb"
    copy.write_bytes(demo_warehouse.read_bytes())
    with duckdb.connect(copy) as warehouse:
        warehouse.execute(r"""
            update run.completed_run
            set settings = regexp_replace(settings, 'request: \d+', 'request: 1')
        """)
    said = refusal(build_warehouse, warehouse=copy)
    assert "hash of a request: 1, " in said
    assert "--full-refresh" in said
