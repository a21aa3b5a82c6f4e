"""What one more day costs on histories of different lengths with equally many attempts a day."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

from demo_company.draw import FIRST_DAY

from benchmarks.measure import Usage
from benchmarks.project import dbt_build, emptied, generate
from benchmarks.results import Day


def whole_weeks(rows: int, day_rows: int) -> int:
    """Days of about `rows`: whole weeks, so that every history ends on the same weekday."""
    return 7 * max(1, round(rows / (7 * day_rows)))


def add_files(source: Path, landing: Path) -> None:
    shutil.copytree(source, landing, copy_function=os.link, dirs_exist_ok=True)


def measure(work: Path, rows: int, day_rows: int) -> Day:
    days = whole_weeks(rows, day_rows)
    history = days * day_rows
    common = ("--tenants", str(max(40, min(4_000, day_rows // 45))))
    folders = [
        generate(
            work / f"history_{days}_days_of_{day_rows}",
            *("--rows", str(history), "--days", str(days), *common),
        )
    ]
    # A file holds what arrived on a day: 2 % of it belongs to the three days before.
    for number in (days, days + 1):
        start = (FIRST_DAY + timedelta(days=number)).isoformat()
        one_day = ("--rows", str(day_rows), "--start-date", start, "--days", "1")
        folders.append(generate(work / f"day_{number}_of_{day_rows}", *one_day, *common))

    out = emptied(work / f"daily_{days}_days")
    landing = out / "landing"

    def build(step: str, with_tests: bool = False) -> Usage:
        usage = dbt_build(landing, out, with_tests=with_tests)
        print(
            f"   {step}: {usage.cpu_seconds:.1f} CPU s, {usage.wall_seconds:.1f} s,"
            f" {usage.peak_bytes / 1e6:,.0f} MB",
            flush=True,
        )
        return usage

    print(f"== {history:,} attempts in {days:,} days", flush=True)
    add_files(folders[0], landing)
    first_build = build("first build")
    nothing_new = build("nothing new")
    add_files(folders[1], landing)
    one_more_day = build("one more day")
    add_files(folders[2], landing)
    with_tests = build("one more day, with tests", with_tests=True)
    shutil.rmtree(out)
    return Day(history, days, day_rows, first_build, nothing_new, one_more_day, with_tests)
