"""What was measured, kept beside the page, so that sizes can be measured one at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.measure import Usage

FILE = "benchmark.json"


@dataclass(frozen=True)
class Stored:
    """Bytes on disk: everything that an engine wrote, and its table of attempts alone."""

    everything: int
    attempts: int


@dataclass(frozen=True)
class Peer:
    """An engine on one size; of several runs `usage` is the middle one, with the highest peak."""

    rows: int
    engine: str
    usage: Usage
    stored: Stored | None = None
    commit: str = ""
    cpu_seconds_of_runs: tuple[float, ...] = ()

    @classmethod
    def of_runs(cls, runs: Sequence[Peer]) -> Peer:
        """The same engine on the same size, measured several times."""
        usages = [each.usage for each in runs]
        usage = Usage(
            median(each.cpu_seconds for each in usages),
            median(each.wall_seconds for each in usages),
            max(each.peak_bytes for each in usages),
        )
        last = runs[-1]
        seconds = tuple(each.cpu_seconds for each in usages)
        return cls(last.rows, last.engine, usage, last.stored, last.commit, seconds)


@dataclass(frozen=True)
class Day:
    """One more day on a history: what each build of the whole project took."""

    history: int
    history_days: int
    day_rows: int
    parts: int
    stored: Stored
    first_build: Usage
    nothing_new: Usage
    one_more_day: Usage
    with_daily_tests: Usage
    with_all_tests: Usage
    commit: str = ""


@dataclass
class Results:
    machine: str = ""
    peers: list[Peer] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)

    def replace_peers(self, rows: int, peers: list[Peer]) -> None:
        others = [each for each in self.peers if each.rows != rows]
        self.peers = sorted([*others, *peers], key=lambda each: each.rows)

    def replace_day(self, day: Day) -> None:
        key = (day.history, day.day_rows)
        others = [each for each in self.days if (each.history, each.day_rows) != key]
        self.days = sorted([*others, day], key=lambda each: (each.day_rows, each.history))


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores and {memory:.0f} GiB"


def load(folder: Path) -> Results:
    """The kept results; those of another machine are not mixed with this one's."""
    file = folder / FILE
    if not file.exists():
        return Results(machine())
    kept = json.loads(file.read_text(encoding="utf-8"))
    if kept["machine"] != machine():
        return Results(machine())
    peers = [
        Peer(
            each["rows"],
            each["engine"],
            Usage(**each["usage"]),
            Stored(**each["stored"]) if each["stored"] else None,
            each.get("commit", ""),
            tuple(each.get("cpu_seconds_of_runs", ())),
        )
        for each in kept["peers"]
    ]
    builds = (
        *("first_build", "nothing_new", "one_more_day"),
        *("with_daily_tests", "with_all_tests"),
    )
    days = [
        Day(
            **{
                **each,
                "stored": Stored(**each["stored"]),
                **{name: Usage(**each[name]) for name in builds},
            }
        )
        for each in kept["days"]
    ]
    return Results(kept["machine"], peers, days)


def save(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(results), indent=1)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")
