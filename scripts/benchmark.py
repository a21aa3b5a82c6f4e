"""Measures this project against hand-written SQL, Polars, pandas and PySpark doing the same work.

Raw Parquet and the reference files become the core facts (attempts, workflows, tickets) and the
named tables (cost per resolved ticket, cost per deflection, tenant share and concentration, prompt
versions), written to disk. Every engine is a process of its own; all must give the same numbers.
With --daily it measures instead what one more day costs on a history of each size.

Exit codes: 0 all agree, 1 an engine failed or came to other numbers.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import checks, daily, report, results
from benchmarks.measure import CommandFailedError, Usage, run
from benchmarks.project import (
    OUR_ATTEMPTS,
    PROJECT,
    SCRIPTS,
    SEEDS,
    SELECTION,
    commit,
    dbt_build,
    emptied,
    empty_landing,
    generate,
    stored,
)

# Engine, module, what must be installed, arguments, and the most rows that it does in the memory of
# an ordinary machine and in good time.
PEERS: tuple[tuple[str, str, str, tuple[str, ...], int | None], ...] = (
    (report.SCRIPT, "with_duckdb", "duckdb", (), None),
    (report.POLARS, "with_polars", "polars", ("in-memory",), 20_000_000),
    (report.POLARS_STREAMING, "with_polars", "polars", ("streaming",), None),
    (report.PANDAS, "with_pandas", "pandas", (), 20_000_000),
    (report.PYSPARK, "with_pyspark", "pyspark", (), 20_000_000),
)
# It takes as long as all others together.
MEASURED_ONCE = (report.PYSPARK,)


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
        "--out", type=Path, default=PROJECT / "docs", help="folder of benchmark.md, .json and .svg"
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=1,
        help="how often engines are measured, in turns; the middle run counts. PySpark is measured"
        " once (default: %(default)s)",
    )
    parser.add_argument("--daily", action="store_true", help="measure one more day instead")
    parser.add_argument(
        "--day-rows",
        type=int,
        default=90_000,
        help="attempts a day of --daily; histories are whole weeks of it (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def measure(work: Path, rows: int, runs: int) -> tuple[list[results.Peer], list[str]]:
    """Every engine on one size. They take turns: a machine is slower at one time than another."""
    measured: dict[str, list[results.Peer]] = {}
    problems: list[str] = []
    for number in range(runs):
        left_out = MEASURED_ONCE if number else ()
        peers, differing = measure_once(work, rows, left_out)
        problems += differing
        for each in peers:
            measured.setdefault(each.engine, []).append(each)
    return [results.Peer.of_runs(of_engine) for of_engine in measured.values()], problems


def measure_once(
    work: Path, rows: int, left_out: Sequence[str]
) -> tuple[list[results.Peer], list[str]]:
    landing = generate(work / f"landing_{rows}", "--rows", str(rows))
    out = work / f"out_{rows}"
    measured: list[results.Peer] = []
    problems: list[str] = []

    def add(engine: str, usage: Usage, kept: results.Stored | None = None) -> None:
        measured.append(results.Peer(rows, engine, usage, kept, commit()))
        bytes_stored = f", {kept.everything:,} bytes" if kept else ""
        print(
            f"   {engine}: {usage.cpu_seconds:.1f} CPU s, {usage.wall_seconds:.1f} s,"
            f" {usage.peak_bytes / 1e6:,.0f} MB{bytes_stored}",
            flush=True,
        )

    print(f"== {rows:,} attempts", flush=True)
    folder = emptied(out / "project")
    usage = dbt_build(landing, folder, SELECTION)
    add(report.OURS, usage, stored(folder, OUR_ATTEMPTS))
    ours = checks.of_project(folder / "warehouse.duckdb")
    shutil.rmtree(folder)

    nothing = empty_landing(out / "empty_landing")
    add(report.DBT_ALONE, dbt_build(nothing, emptied(out / "dbt_alone"), SELECTION))

    folder = emptied(out / "project")
    usage = dbt_build(landing, folder)
    add(report.WHOLE, usage, stored(folder, OUR_ATTEMPTS))
    shutil.rmtree(folder)
    add(report.WHOLE_DBT_ALONE, dbt_build(nothing, emptied(out / "dbt_alone")))

    folder = emptied(out / "floor")
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, "-m", "benchmarks.with_floor", str(landing), str(folder)]
    add(report.FLOOR, run(command, SCRIPTS, out / "floor.txt", environment))

    for engine, module, needed, arguments, most_rows in PEERS:
        if engine in left_out:
            continue
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
        add(engine, usage, stored(folder))
        warehouse = folder / "warehouse.duckdb"
        theirs = checks.of_script(warehouse) if warehouse.exists() else checks.of_parquet(folder)
        problems += [
            f"{rows:,} attempts, {engine} differs: {line}"
            for line in checks.differences(ours, theirs)
        ]
        shutil.rmtree(folder)
    return measured, problems


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    work = options.work.resolve()
    kept = results.load(options.out)
    problems: list[str] = []
    for rows in options.rows:
        if options.daily:
            kept.replace_day(daily.measure(work, rows, options.day_rows))
        else:
            measured, differing = measure(work, rows, options.runs)
            problems += differing
            if not differing:
                kept.replace_peers(rows, measured)
        # Hours of measuring are not lost to a later size that fails.
        results.save(kept, options.out)
    report.write(kept, options.out)
    print("\n" + report.page(kept))
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    print(f"Written: {options.out / 'benchmark.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
