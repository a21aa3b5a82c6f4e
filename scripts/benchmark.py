"""Measures this project against hand-written SQL, Polars and PySpark doing the same work.

Raw Parquet and the reference files become the core facts (attempts, workflows, tickets) and the
named tables (cost per resolved ticket, cost per deflection, tenant share and concentration, prompt
versions), written to disk. Every engine is a process of its own; all must give the same numbers.

Exit codes: 0 all agree, 1 an engine came to other numbers.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import checks, report
from benchmarks.measure import CommandFailedError, Usage, run

PROJECT = Path(__file__).resolve().parent.parent
SCRIPTS = PROJECT / "scripts"
SEEDS = PROJECT / "seeds" / "reference"
SELECTION = (
    "+cost_per_resolved_ticket",
    "+cost_per_deflection",
    "+tenant_share",
    "+tenant_concentration",
    "+prompt_version_regression",
)
# Engine, module, what must be installed, arguments, and the most rows that it does in good time.
PEERS: tuple[tuple[str, str, str, tuple[str, ...], int | None], ...] = (
    ("DuckDB script", "with_duckdb", "duckdb", (), None),
    ("Polars, in memory", "with_polars", "polars", ("in-memory",), 20_000_000),
    ("Polars, streaming", "with_polars", "polars", ("streaming",), None),
    ("PySpark local[2]", "with_pyspark", "pyspark", (), 2_000_000),
)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[1_000_000], help="attempts (default: %(default)s)"
    )
    parser.add_argument(
        "--work", type=Path, default=PROJECT / "target" / "bench", help="folder for data and output"
    )
    parser.add_argument(
        "--out", type=Path, default=PROJECT / "docs", help="folder of benchmark.md and .svg"
    )
    return parser.parse_args(arguments)


def landing_of(work: Path, rows: int) -> Path:
    """The raw data of one size, made once."""
    folder = work / f"landing_{rows}"
    if not folder.exists():
        half_made = work / f"landing_{rows}.part"
        shutil.rmtree(half_made, ignore_errors=True)
        print(f"== writing {rows:,} attempts", flush=True)
        command = [sys.executable, "generate_demo.py", "--format", "parquet"]
        command += ["--rows", str(rows), "--out", str(half_made)]
        subprocess.run(command, cwd=SCRIPTS, check=True)  # noqa: S603
        half_made.rename(folder)
    return folder


def run_dbt(landing: Path, out: Path, selection: Sequence[str]) -> Usage:
    """dbt from a cold start: it parses the project, loads the seeds and builds the selection."""
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--profiles-dir", "."]
    if selection:
        command += ["--select", *selection]
    command += ["--exclude-resource-type", "test", "unit_test"]
    environment = {
        **os.environ,
        "LLM_COSTS_LANDING": str(landing),
        "LLM_COSTS_WAREHOUSE": str(out / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(out / "target"),
        "DBT_LOG_PATH": str(out / "logs"),
    }
    return run(command, PROJECT, out / "output.txt", environment)


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def size_of(folder: Path) -> int:
    """Bytes of tables: the warehouse file or the Parquet files."""
    files = [*folder.glob("*.duckdb"), *folder.glob("*/*.parquet")]
    return sum(file.stat().st_size for file in files)


def measure(work: Path, rows: int) -> tuple[list[report.Result], list[str]]:
    landing = landing_of(work, rows)
    out = work / f"out_{rows}"
    results: list[report.Result] = []
    problems: list[str] = []

    def add(engine: str, usage: Usage, stored: int | None = None) -> None:
        results.append(report.Result(rows, engine, usage, stored))
        print(
            f"   {engine}: {usage.cpu_seconds:.1f} CPU s, {usage.wall_seconds:.1f} s,"
            f" {usage.peak_bytes / 1e6:,.0f} MB, {stored or 0:,} bytes stored",
            flush=True,
        )

    print(f"== {rows:,} attempts", flush=True)
    folder = emptied(out / "project")
    usage = run_dbt(landing, folder, SELECTION)
    add(report.OURS, usage, size_of(folder))
    ours = checks.of_project(folder / "warehouse.duckdb")
    shutil.rmtree(folder)

    nothing = emptied(out / "empty_landing")
    for raw_table in ("llm_requests", "tickets", "workflow_outcomes"):
        (nothing / raw_table).mkdir()
    add(report.DBT_ALONE, run_dbt(nothing, emptied(out / "dbt_alone"), SELECTION))

    folder = emptied(out / "whole_project")
    usage = run_dbt(landing, folder, ())
    add(report.WHOLE, usage, size_of(folder))
    shutil.rmtree(folder)

    folder = emptied(out / "floor")
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, "-m", "benchmarks.with_floor", str(landing), str(folder)]
    add(report.FLOOR, run(command, SCRIPTS, out / "floor.txt", environment))

    for engine, module, needed, arguments, most_rows in PEERS:
        if importlib.util.find_spec(needed) is None:
            print(f"   {engine}: skipped, {needed} is not installed")
            continue
        if most_rows is not None and rows > most_rows:
            print(f"   {engine}: skipped, {rows:,} attempts are too many for it")
            continue
        folder = emptied(out / module)
        command = [sys.executable, "-m", f"benchmarks.{module}", str(landing), str(SEEDS)]
        command += [str(folder), *arguments]
        try:
            usage = run(command, SCRIPTS, out / f"{module}.txt", environment)
        except CommandFailedError as error:
            problems.append(f"{rows:,} attempts, {engine}: {error}")
            continue
        add(engine, usage, size_of(folder))
        warehouse = folder / "warehouse.duckdb"
        theirs = checks.of_script(warehouse) if warehouse.exists() else checks.of_parquet(folder)
        problems += [
            f"{rows:,} attempts, {engine} differs: {line}"
            for line in checks.differences(ours, theirs)
        ]
        shutil.rmtree(folder)
    return results, problems


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    work = options.work.resolve()
    results: list[report.Result] = []
    problems: list[str] = []
    for rows in options.rows:
        measured, differing = measure(work, rows)
        results += measured
        problems += differing
    print("\n" + report.table(results))
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    report.write(results, options.out)
    print(f"\nAll engines agree. Written: {options.out / 'benchmark.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
