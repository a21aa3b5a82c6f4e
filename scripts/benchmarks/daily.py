"""What one more day costs on histories of different lengths with equally many attempts a day.

All histories end on the demo's last day and get the same files on top, so that they differ in
nothing but their length: prices, prompt releases and the shape of the last months are the same.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from demo_company.draw import END

from benchmarks.measure import Usage
from benchmarks.project import OUR_ATTEMPTS, commit, dbt_build, emptied, generate, stored
from benchmarks.results import Day


def whole_weeks(rows: int, day_rows: int) -> int:
    """Days of about `rows`: whole weeks, so that every history ends on the same weekday."""
    return 7 * max(1, round(rows / (7 * day_rows)))


# A long history lands part by part: what a build from nothing sorts and groups at once has to fit
# on the disk beside the warehouse.
PART_ROWS = 12_000_000


def add_files(source: Path, landing: Path, of_days: Sequence[str] | None = None) -> None:
    """Files are named by the day on which they arrived; without days, all of them land."""
    for file in sorted(source.glob("*/*.parquet")):
        if of_days is None or file.name.split("_")[0] in of_days:
            landed = landing / file.relative_to(source)
            landed.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, landed)


def days_in_parts(source: Path, rows: int) -> list[list[str]]:
    days = sorted({file.name.split("_")[0] for file in source.glob("llm_requests/*.parquet")})
    parts = -(-rows // PART_ROWS)
    days_in_a_part = -(-len(days) // parts)
    return [days[first : first + days_in_a_part] for first in range(0, len(days), days_in_a_part)]


def together(builds: Sequence[Usage]) -> Usage:
    return Usage(
        sum(each.cpu_seconds for each in builds),
        sum(each.wall_seconds for each in builds),
        max(each.peak_bytes for each in builds),
    )


def measure(work: Path, rows: int, day_rows: int) -> Day:
    days = whole_weeks(rows, day_rows)
    history = days * day_rows
    common = ("--tenants", str(max(40, min(4_000, day_rows // 45))))

    def generated(name: str, rows: int, start: date, days: int) -> Path:
        period = ("--rows", str(rows), "--start-date", start.isoformat(), "--days", str(days))
        return generate(work / name, *period, *common)

    ends = END.date()
    folder = generated(
        f"history_{days}_days_of_{day_rows}", history, ends - timedelta(days=days), days
    )
    # A file holds what arrived on a day: 2 % of it belongs to the three days before.
    next_days = [
        generated(f"day_{day}_of_{day_rows}", day_rows, day, 1)
        for day in (ends + timedelta(days=number) for number in range(3))
    ]

    out = emptied(work / f"daily_{days}_days")
    landing = out / "landing"

    def build(step: str, tests: str = "none") -> Usage:
        usage = dbt_build(landing, out, tests=tests)
        print(
            f"   {step}: {usage.cpu_seconds:.1f} CPU s, {usage.wall_seconds:.1f} s,"
            f" {usage.peak_bytes / 1e6:,.0f} MB",
            flush=True,
        )
        return usage

    print(f"== {history:,} attempts in {days:,} days", flush=True)
    parts = days_in_parts(folder, history)
    of_parts = []
    for number, of_days in enumerate(parts, start=1):
        add_files(folder, landing, of_days)
        of_parts.append(build(f"first build, part {number} of {len(parts)}"))
    first_build = together(of_parts)
    nothing_new = build("nothing new")
    add_files(next_days[0], landing)
    one_more_day = build("one more day")
    add_files(next_days[1], landing)
    with_daily_tests = build("one more day, with daily tests", tests="daily")
    add_files(next_days[2], landing)
    with_all_tests = build("one more day, with all tests", tests="all")
    kept = stored(out, OUR_ATTEMPTS)
    shutil.rmtree(out)
    return Day(
        history=history,
        history_days=days,
        day_rows=day_rows,
        parts=len(parts),
        stored=kept,
        first_build=first_build,
        nothing_new=nothing_new,
        one_more_day=one_more_day,
        with_daily_tests=with_daily_tests,
        with_all_tests=with_all_tests,
        commit=commit(),
    )
