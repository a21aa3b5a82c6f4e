"""The measurements as a page and a picture."""

# mypy: disable-error-code="import-not-found"
# Only `make bench` installs altair.

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.results import Day, Peer, Results

OURS = "This project, named tables"
DBT_ALONE = "of which dbt itself"
WHOLE = "This project, every model"
WHOLE_DBT_ALONE = "of which dbt itself, every model"
FLOOR = "Read and add up"
SCRIPT = "DuckDB script"
POLARS = "Polars, in memory"
POLARS_STREAMING = "Polars, streaming"
PANDAS = "pandas"
PYSPARK = "PySpark local[2]"

# What the page holds this project to, and whether it may be at most or must be at least the number.
# Of two Polars engines the faster one counts.
FASTEST_POLARS = "faster Polars"
BYTES_AN_ATTEMPT = "bytes an attempt, table of attempts"
PEAK_GB = "peak GB, every model, up to 10M attempts"
PEAK_ROWS = 10_000_000
MOST, LEAST = "at most", "at least"
TARGETS: dict[str, tuple[str, float]] = {
    f"this project without dbt / {SCRIPT}": (MOST, 1.3),
    f"this project without dbt / {FASTEST_POLARS}": (MOST, 1.2),
    f"{PANDAS} / this project without dbt": (LEAST, 2.0),
    f"{PYSPARK} / this project without dbt": (LEAST, 5.0),
    "every model / named tables, both without dbt": (MOST, 2.0),
    PEAK_GB: (MOST, 4.0),
    BYTES_AN_ATTEMPT: (MOST, 60.0),
}

MOST_OF_A_DAY = 1.3

PAGE = """# Benchmark

The same work by every engine: raw Parquet and the reference files become the facts of attempts
(deduplicated, ordered within their request, priced, attributed), workflows and tickets, and the
tables cost per resolved ticket, cost per deflection, tenant share, tenant concentration and prompt
versions, all written to disk. Each engine is a process of its own, measured whole: processor time
of all its threads and children, and the peak memory of its largest process. `make bench` and
`make bench-daily` measure it again.

Measured on {machine}. On a machine that does other things too, processor time is steadier than wall
time, and still differs by a tenth between two runs of one command. [benchmark.json](benchmark.json)
has the figures behind this page.
"""
PEERS = """
## The same work by other engines

{verdict}

Where an engine was measured several times, the engines took turns, and the figure is that of the
middle run; of memory it is the highest.

![CPU seconds by engine](benchmark.svg)

{tables}

### Against the targets

Each ratio is CPU seconds over CPU seconds. *Without dbt* leaves out what dbt itself takes, see
below. A figure in bold misses its target; figures without a target are there for comparison.

{targets}

All engines gave the same numbers. Compared are the totals of attempts, the totals of workflows and
tickets by kind and outcome, both ticket tables by week and month in every segment, each tenant's
months, concentration in every period, and the value of every prompt version's metric.

What the rows mean:

- **{ours}** is `dbt build` of the five named tables and all that they need, without
  tests, into an empty warehouse.
- **{alone}** is the same command on an empty landing folder: start-up, parsing, and
  each node's own cost. It does not grow with the data, so that it weighs most on small data.
- **{whole}** adds all other models; *{whole_alone}* is that on an empty folder.
- **{script}** is one script written by hand for this work alone. It rebuilds everything at
  every run, trusts the types and the spelling of its input, knows one service tier and no merged
  tickets, and keeps neither rejected rows nor a stable key of an attempt; its prompt versions stop
  at the ratios. The other peers take the same liberties.
- **Polars**, **pandas** and **PySpark** are written for speed too: words are categories, money is
  whole pico-dollars (decimals in PySpark), and only requests that were delivered more than once are
  ranked. The engines in memory, and PySpark, are left out where they would need too much of it or
  too long.
- **{floor}** only reads the columns that the result depends on: no engine can be faster.
- *Bytes an attempt* are all that an engine wrote and, after the slash, its table of attempts alone:
  a DuckDB file, or Parquet files in the engine's default compression.
"""
DAILY = """
## One more day

A history is built, then one more day lands: the same files for every history, 2 % of their
attempts late and of the three days before, with that day's tickets and outcomes. All histories end
on the same day and have as many attempts a day: only their length differs. Each figure is a whole
`dbt build` of every model, without tests except in the columns that say so. *Nothing new* is a
build that finds no new file; *of it the data* is the day without that. *With daily tests* is a
second such day, built with the selector `daily`, *with all tests* a third, built with all data
tests. A long history lands part by part, with a build after each.

{days}

{flatness}
"""


def by_engine(peers: list[Peer], rows: int) -> dict[str, Peer]:
    return {each.engine: each for each in peers if each.rows == rows}


def table(peers: list[Peer], rows: int) -> str:
    measured = by_engine(peers, rows).values()
    commits = sorted({each.commit for each in measured if each.commit})
    lines = [
        f"**{rows:,} attempts**" + (f" (commit {', '.join(commits)})" if commits else ""),
        "",
        "| Engine | CPU s | lowest to highest | wall s | peak MB | bytes an attempt |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in measured:
        stored = ""
        if each.stored is not None:
            stored = f"{each.stored.everything / rows:.0f} / {each.stored.attempts / rows:.0f}"
        runs = each.cpu_seconds_of_runs
        spread = f"{min(runs):.1f} to {max(runs):.1f} ({len(runs)} runs)" if len(runs) > 1 else ""
        lines.append(
            f"| {each.engine} | {each.usage.cpu_seconds:.1f} | {spread} |"
            f" {each.usage.wall_seconds:.1f} | {each.usage.peak_bytes / 1e6:,.0f} | {stored} |"
        )
    return "\n".join(lines)


def ratios(peers: list[Peer], rows: int) -> dict[str, float | None]:
    """CPU seconds over CPU seconds; None where one of them was not measured."""
    measured = {engine: each.usage.cpu_seconds for engine, each in by_engine(peers, rows).items()}

    def over(top: Callable[[], float], bottom: Callable[[], float]) -> float | None:
        try:
            return top() / bottom()
        except KeyError:
            return None

    def of(engine: str) -> Callable[[], float]:
        return lambda: measured[engine]

    def less(engine: str, alone: str) -> Callable[[], float]:
        return lambda: measured[engine] - measured[alone]

    ours, without_dbt = of(OURS), less(OURS, DBT_ALONE)
    found: dict[str, float | None] = {}
    polars = [measured[each] for each in (POLARS, POLARS_STREAMING) if each in measured]
    if polars:
        measured[FASTEST_POLARS] = min(polars)
    for peer in (SCRIPT, FASTEST_POLARS):
        found[f"this project / {peer}"] = over(ours, of(peer))
        found[f"this project without dbt / {peer}"] = over(without_dbt, of(peer))
    for peer in (PANDAS, PYSPARK):
        found[f"{peer} / this project"] = over(of(peer), ours)
        found[f"{peer} / this project without dbt"] = over(of(peer), without_dbt)
    found["every model / named tables"] = over(of(WHOLE), ours)
    found["every model / named tables, both without dbt"] = over(
        less(WHOLE, WHOLE_DBT_ALONE), without_dbt
    )
    return found


def figures(peers: list[Peer], rows: int) -> dict[str, float | None]:
    """The ratios, and this project's memory and storage; None where one was not measured."""
    found = ratios(peers, rows)
    measured = by_engine(peers, rows)
    whole, ours = measured.get(WHOLE), measured.get(OURS)
    found[PEAK_GB] = whole.usage.peak_bytes / 1e9 if whole and rows <= PEAK_ROWS else None
    found[BYTES_AN_ATTEMPT] = ours.stored.attempts / rows if ours and ours.stored else None
    return found


def target_table(peers: list[Peer]) -> str:
    sizes = sorted({each.rows for each in peers})
    columns = [figures(peers, rows) for rows in sizes]
    lines = [
        "| Figure | Target | " + " | ".join(f"{rows:,} attempts" for rows in sizes) + " |",
        "| --- | --- |" + " ---: |" * len(sizes),
    ]
    for name in columns[0]:
        bound, limit = TARGETS.get(name, ("", None))
        cells = [name, f"{bound} {limit:.1f}" if limit else ""]
        for column in columns:
            value = column[name]
            text = "" if value is None else f"{value:.2f}"
            cells.append(f"**{text}**" if misses(name, value) else text)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def misses(name: str, value: float | None) -> bool:
    """Whether a figure misses its target; what has no target or was not measured misses none."""
    if name not in TARGETS or value is None:
        return False
    bound, limit = TARGETS[name]
    return value > limit if bound == MOST else value < limit


def verdict(peers: list[Peer]) -> str:
    """Which targets are missed, a line a size."""
    lines = []
    for rows in sorted({each.rows for each in peers}):
        found = figures(peers, rows)
        measured = [name for name in TARGETS if found[name] is not None]
        missed = [f"{name} ({found[name]:.2f})" for name in measured if misses(name, found[name])]
        met = f"{len(measured) - len(missed)} of {len(measured)} targets met"
        unmeasured = len(TARGETS) - len(measured)
        lines.append(
            f"- {rows:,} attempts: {met}"
            + (f", {unmeasured} not measured" if unmeasured else "")
            + (f". Missed: {', '.join(missed)}." if missed else ".")
        )
    return "\n".join(lines)


def day_table(days: list[Day]) -> str:
    lines = [
        "| History, attempts | Commit | Days | Parts | Bytes an attempt | Attempts on the day"
        " | CPU s: first build | nothing new | one more day | of it the data"
        " | with daily tests | with all tests | Peak MB: first build | one more day |",
        "|" + " ---: |" * 14,
    ]
    for each in days:
        data = each.one_more_day.cpu_seconds - each.nothing_new.cpu_seconds
        lines.append(
            f"| {each.history:,} | {each.commit} | {each.history_days:,} | {each.parts}"
            f" | {each.stored.everything / each.history:.0f}"
            f" / {each.stored.attempts / each.history:.0f} | {each.day_rows:,}"
            f" | {each.first_build.cpu_seconds:.1f} | {each.nothing_new.cpu_seconds:.1f}"
            f" | {each.one_more_day.cpu_seconds:.1f} | {data:.1f}"
            f" | {each.with_daily_tests.cpu_seconds:.1f} | {each.with_all_tests.cpu_seconds:.1f}"
            f" | {each.first_build.peak_bytes / 1e6:,.0f}"
            f" | {each.one_more_day.peak_bytes / 1e6:,.0f} |"
        )
    return "\n".join(lines)


def flatness(days: list[Day]) -> str:
    """How much dearer the day is on each history than on the shortest one with equal days."""
    lines = []
    for day_rows in sorted({each.day_rows for each in days}):
        shortest, *longer = [each for each in days if each.day_rows == day_rows]
        for each in longer:
            ratio = each.one_more_day.cpu_seconds / shortest.one_more_day.cpu_seconds
            lines.append(
                f"- A day of {day_rows:,} attempts costs {ratio:.2f} times as much CPU on"
                f" {each.history:,} attempts as on {shortest.history:,} (target: at most"
                f" {MOST_OF_A_DAY})."
            )
    return "\n".join(lines)


def page(results: Results) -> str:
    parts = [PAGE.format(machine=results.machine)]
    if results.peers:
        sizes = sorted({each.rows for each in results.peers})
        parts.append(
            PEERS.format(
                tables="\n\n".join(table(results.peers, rows) for rows in sizes),
                targets=target_table(results.peers),
                verdict=verdict(results.peers),
                ours=OURS,
                alone=DBT_ALONE,
                whole=WHOLE,
                whole_alone=WHOLE_DBT_ALONE,
                script=SCRIPT,
                floor=FLOOR,
            )
        )
    if results.days:
        parts.append(
            DAILY.format(days=day_table(results.days), flatness=flatness(results.days)).rstrip()
            + "\n"
        )
    return "".join(parts)


def write(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.md").write_text(page(results), encoding="utf-8")
    if results.peers:
        draw(results.peers, folder / "benchmark.svg")


def draw(peers: list[Peer], path: Path) -> None:
    """Bars of CPU seconds, one panel a size; dbt's own part of this project's is set apart."""
    import altair

    kinds = {"dbt itself": "#a9c8fa", "this project": "#1f6feb", "others": "#9aa4b2"}
    panels = []
    for rows in sorted({each.rows for each in peers}):
        totals = {engine: each.usage.cpu_seconds for engine, each in by_engine(peers, rows).items()}
        # Start and end of each part: what dbt itself takes comes first.
        alone = {
            engine: totals.pop(part)
            for engine, part in ((OURS, DBT_ALONE), (WHOLE, WHOLE_DBT_ALONE))
            if part in totals
        }
        parts = [(engine, 0.0, seconds, "dbt itself") for engine, seconds in alone.items()]
        parts += [
            (
                engine,
                alone.get(engine, 0.0),
                seconds,
                "this project" if engine in (OURS, WHOLE) else "others",
            )
            for engine, seconds in totals.items()
        ]
        values = [
            dict(zip(("engine", "start", "seconds", "kind"), part, strict=True)) for part in parts
        ]
        base = altair.Chart({"values": values}, title=f"{rows:,} attempts").encode(
            y=altair.Y("engine:N", sort=list(totals), title=None, axis=altair.Axis(labelLimit=220))
        )
        colored = base.mark_bar().encode(
            x=altair.X("start:Q", title="CPU seconds (less is better)"),
            x2="seconds:Q",
            color=altair.Color(
                "kind:N",
                title=None,
                scale=altair.Scale(domain=list(kinds), range=list(kinds.values())),
            ),
        )
        labels = (
            base.transform_filter("datum.kind != 'dbt itself'")
            .mark_text(align="left", dx=4)
            .encode(x="seconds:Q", text=altair.Text("seconds:Q", format=".1f"))
        )
        panels.append((colored + labels).properties(width=460))
    altair.vconcat(*panels).save(str(path))
