"""The benchmark's own rules, and that its peers come to the project's numbers."""

from __future__ import annotations

import os
import sys
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from benchmarks import checks, daily, report, results, with_pandas
from benchmarks.measure import CommandFailedError, Usage, run
from benchmarks.project import SEEDS, SELECTION
from benchmarks.results import Peer
from conftest import Builder
from demo_company.bulk import write_bulk
from demo_company.reference import Reference
from test_incremental import copy_of_the_project


def usage(cpu_seconds: float) -> Usage:
    return Usage(cpu_seconds, cpu_seconds, 10**8)


MEASURED = [
    Peer(1_000, report.OURS, usage(12.0)),
    Peer(1_000, report.DBT_ALONE, usage(8.0)),
    Peer(1_000, report.WHOLE, usage(15.0)),
    Peer(1_000, report.WHOLE_DBT_ALONE, usage(9.0)),
    Peer(1_000, report.SCRIPT, usage(2.0)),
    Peer(1_000, report.PANDAS, usage(6.0)),
    Peer(9_000, report.SCRIPT, usage(99.0)),
]


def test_ratios_are_given_with_and_without_dbt() -> None:
    found = report.ratios(MEASURED, 1_000)
    assert found["this project / DuckDB script"] == pytest.approx(12 / 2)
    assert found["this project without dbt / DuckDB script"] == pytest.approx(4 / 2)
    assert found["pandas / this project"] == pytest.approx(6 / 12)
    assert found["pandas / this project without dbt"] == pytest.approx(6 / 4)
    assert found["every model / named tables"] == pytest.approx(15 / 12)
    assert found["every model / named tables, both without dbt"] == pytest.approx(6 / 4)


def test_a_ratio_of_what_was_not_measured_is_unknown() -> None:
    assert report.ratios(MEASURED, 1_000)["PySpark local[2] / this project"] is None
    table = report.target_table(MEASURED[:-1])
    assert "| PySpark local[2] / this project without dbt | at least 5.0 |  |" in table


def test_missed_targets_are_named() -> None:
    table = report.target_table(MEASURED[:-1])
    assert "| this project without dbt / DuckDB script | at most 1.3 | **2.00** |" in table
    assert "| every model / named tables, both without dbt | at most 2.0 | 1.50 |" in table
    found = report.verdict(MEASURED[:-1])
    assert found.startswith("- 1,000 attempts: 2 of 4 targets met, 3 not measured. Missed: ")
    assert "DuckDB script (2.00), pandas / this project without dbt (1.50)." in found


def test_memory_and_storage_have_targets_too() -> None:
    stored = results.Stored(9_000, 61_000)
    large = Usage(15.0, 15.0, 4_100_000_000)
    peers = [
        Peer(1_000, report.OURS, usage(12.0), stored),
        Peer(1_000, report.WHOLE, large),
        Peer(10_000_001, report.WHOLE, large),
    ]
    assert report.figures(peers, 1_000)[report.PEAK_GB] == pytest.approx(4.1)
    assert report.figures(peers, 1_000)[report.BYTES_AN_ATTEMPT] == pytest.approx(61)
    # More attempts may take more memory.
    assert report.figures(peers, 10_000_001)[report.PEAK_GB] is None
    table = report.target_table(peers[:2])
    assert f"| {report.BYTES_AN_ATTEMPT} | at most 60.0 | **61.00** |" in table


def test_of_several_runs_the_middle_one_counts_and_the_highest_peak() -> None:
    runs = [
        Peer(1_000, report.SCRIPT, Usage(cpu, wall, peak))
        for cpu, wall, peak in ((9.0, 1.0, 10), (2.0, 3.0, 30), (4.0, 2.0, 20))
    ]
    peer = Peer.of_runs(runs)
    assert peer.usage == Usage(4.0, 2.0, 30)
    assert "| DuckDB script | 4.0 | 2.0 to 9.0 (3 runs) | 2.0 |" in report.table([peer], 1_000)
    one = report.table([Peer.of_runs(runs[:1])], 1_000)
    assert "| DuckDB script | 9.0 |  | 1.0 |" in one


def test_the_faster_polars_counts() -> None:
    both = [Peer(1_000, report.POLARS, usage(5.0)), Peer(1_000, report.POLARS_STREAMING, usage(4))]
    found = report.ratios([*MEASURED, *both], 1_000)
    assert found["this project without dbt / faster Polars"] == pytest.approx(4 / 4)


@pytest.mark.parametrize(
    ("rows", "day_rows", "days"),
    [(10_000_000, 90_000, 112), (100_000_000, 90_000, 1_113), (1, 90_000, 7)],
)
def test_histories_are_whole_weeks_of_equal_days(rows: int, day_rows: int, days: int) -> None:
    assert daily.whole_weeks(rows, day_rows) == days


def day_on(history: int, first_build: float, one_more_day: float) -> results.Day:
    return results.Day(
        history=history,
        history_days=history // 100,
        day_rows=100,
        parts=1,
        stored=results.Stored(200 * history, 80 * history),
        first_build=usage(first_build),
        nothing_new=usage(1),
        one_more_day=usage(one_more_day),
        with_daily_tests=usage(3),
        with_all_tests=usage(4),
        commit="abc1234",
    )


def test_long_histories_land_in_equal_parts_that_hold_every_day_once(tmp_path: Path) -> None:
    days = [f"2026-01-{number:02d}" for number in range(1, 11)]
    for day in days:
        for raw_table in ("llm_requests", "tickets"):
            file = tmp_path / "history" / raw_table / f"{day}_000.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(day)
    parts = daily.days_in_parts(tmp_path / "history", 3 * daily.PART_ROWS)
    assert [len(part) for part in parts] == [4, 4, 2]
    assert [day for part in parts for day in part] == days
    assert daily.days_in_parts(tmp_path / "history", daily.PART_ROWS) == [days]
    for part in parts:
        daily.add_files(tmp_path / "history", tmp_path / "landing", part)
    landed = sorted(file.name for file in tmp_path.glob("landing/tickets/*"))
    assert landed == [f"{day}_000.parquet" for day in days]


def test_the_page_says_how_much_dearer_a_day_is_on_a_longer_history() -> None:
    text = report.page(results.Results("a machine", [], [day_on(700, 9, 2), day_on(7_000, 90, 3)]))
    assert "costs 1.50 times as much CPU on 7,000 attempts as on 700 (target: at most 1.3)" in text
    assert "| 700 | abc1234 | 7 | 1 | 200 / 80 | 100 | 9.0 | 1.0 | 2.0 | 1.0 | 3.0 | 4.0 |" in text


def test_results_of_a_size_are_replaced_and_others_kept(tmp_path: Path) -> None:
    kept = results.load(tmp_path)
    kept.replace_peers(9_000, MEASURED[-1:])
    kept.replace_peers(1_000, [Peer.of_runs(MEASURED[:1]), MEASURED[1]])
    kept.replace_day(day_on(700, 9, 2))
    results.save(kept, tmp_path)

    again = results.load(tmp_path)
    assert again == kept
    again.replace_peers(1_000, MEASURED[2:3])
    again.replace_day(day_on(700, 8, 2))
    assert [each.engine for each in again.peers] == [report.WHOLE, report.SCRIPT]
    assert [each.first_build.cpu_seconds for each in again.days] == [8]


def test_results_of_another_machine_are_not_mixed_with_this_one(tmp_path: Path) -> None:
    results.save(results.Results("1 core and 1 GiB", MEASURED), tmp_path)
    assert results.load(tmp_path) == results.Results(results.machine())


def test_a_command_is_measured_apart_from_the_process_that_starts_it(tmp_path: Path) -> None:
    held = bytearray(b"1" * 200_000_000)
    found = run([sys.executable, "-c", "pass"], tmp_path, tmp_path / "log.txt", os.environ)
    assert found.peak_bytes < len(held) / 2
    with pytest.raises(CommandFailedError, match="ended with 3"):
        run([sys.executable, "-c", "exit(3)"], tmp_path, tmp_path / "log.txt", os.environ)


def test_money_survives_the_way_from_decimals_to_integers_and_back() -> None:
    amounts = [Decimal("0.000000000001"), None, Decimal("-3.5"), Decimal("123456.789012345678")]
    read = with_pandas.picodollars(pa.chunked_array([pa.array(amounts, pa.decimal128(18, 12))]))
    assert read.tolist() == [1, pd.NA, -3_500_000_000_000, 123_456_789_012_345_678]
    written = with_pandas.decimals(read, 12).tolist()
    assert [None if value is pd.NA else value for value in written] == amounts


@pytest.mark.parametrize(
    ("grain", "start"),
    [("day", date(2026, 11, 1)), ("week", date(2026, 10, 26)), ("month", date(2026, 11, 1))],
)
def test_periods_start_on_mondays_and_on_the_first(grain: str, start: date) -> None:
    days = pd.Series([pd.Timestamp("2026-11-01 23:59:59").as_unit("us")])  # a Sunday
    found = with_pandas.period_of(grain, with_pandas.days_of(days))
    assert list(with_pandas.dates(found)) == [start]


def with_unusual_calls(landing: Path) -> None:
    """What tells rules apart: a tenant of unknown cost, and retries of test calls."""
    for file in (landing / "llm_requests").glob("*.parquet"):
        calls = pq.read_table(file)
        tenants = calls["tenant_id"].cast(pa.string()).fill_null("")
        unpriced = pc.equal(tenants, "tenant_00003")
        retried = pc.is_in(
            calls["external_request_id"],
            calls.filter(pc.greater(calls["attempt_number"], 1))["external_request_id"],
        )
        first_of_several = pc.and_(retried, pc.equal(calls["attempt_number"], 1))
        for name, where, value in (
            ("model", unpriced, "in-house-1"),
            ("environment", first_of_several, "staging"),
        ):
            words = pc.if_else(where, value, calls[name].cast(pa.string())).dictionary_encode()
            calls = calls.set_column(calls.column_names.index(name), name, words)
        amounts = calls["reported_cost_usd"]
        known = pc.if_else(unpriced, pa.scalar(None, amounts.type), amounts)
        calls = calls.set_column(
            calls.column_names.index("reported_cost_usd"), "reported_cost_usd", known
        )
        pq.write_table(calls, file)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty days with new prompt versions on the 18th, so that units of all ages are compared."""
    folder = tmp_path_factory.mktemp("bulk") / "landing"
    reference = Reference(SEEDS, 13)
    write_bulk(reference, folder, rows=8_000, start=date(2026, 7, 13), days=30, seed=13, tenants=9)
    with_unusual_calls(folder)
    return folder


@pytest.fixture(scope="module")
def ours(
    landing: Path, build_warehouse: Builder, tmp_path_factory: pytest.TempPathFactory
) -> checks.Answers:
    # Peers know no primary outcome of a flow: what was sent holds where none is registered.
    project = copy_of_the_project(tmp_path_factory.mktemp("copy") / "project")
    outcomes = project / "seeds" / "reference" / "use_case_outcomes.csv"
    lines = outcomes.read_text(encoding="utf-8").splitlines(keepends=True)
    of_support = [line for line in lines if line.startswith(("use_case,", "support,"))]
    outcomes.write_text("".join(of_support), encoding="utf-8")
    built = build_warehouse(landing, project=project, arguments=("--select", *SELECTION))
    return checks.of_project(built)


def test_what_is_compared_tells_the_rules_apart(ours: checks.Answers) -> None:
    assert all(ours.values())
    units = {(metric, arm): 0 for _, _, metric, arm, *_ in ours["prompt versions"]}
    for _, _, metric, arm, count, _ in ours["prompt versions"]:
        units[metric, arm] += count
    for arm in ("baseline", "candidate"):
        assert 0 < units["cost_per_resolved", arm] < units["cost_per_case", arm]
    # Baselines are old enough to have ended; the newest units of the new versions are not.
    assert units["cost_per_case", "candidate"] < units["cost_per_request", "candidate"]


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("with_duckdb", ()),
        ("with_pandas", ()),
        ("with_polars", ("in-memory",)),
        ("with_polars", ("streaming",)),
    ],
)
def test_peers_come_to_the_numbers_of_the_project(
    module: str, arguments: tuple[str, ...], landing: Path, ours: checks.Answers, tmp_path: Path
) -> None:
    if module == "with_polars":
        pytest.importorskip("polars")
    import_module(f"benchmarks.{module}").main(landing, SEEDS, tmp_path, *arguments)
    warehouse = tmp_path / "warehouse.duckdb"
    theirs = checks.of_script(warehouse) if warehouse.exists() else checks.of_parquet(tmp_path)
    assert checks.differences(ours, theirs) == []
    assert len(checks.differences({**ours, "attempts": [(0,)]}, theirs)) == 1
