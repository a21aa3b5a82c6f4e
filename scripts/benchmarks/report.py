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

PAGE = """# Benchmark

The same work by every engine: raw Parquet and the reference files become the facts of attempts
(deduplicated, ordered within their request, priced, attributed), workflows and tickets, and the
tables cost per resolved ticket, cost per deflection, tenant share, tenant concentration and prompt
versions, all written to disk. Each engine is a process of its own, measured whole: processor time
of all its threads and children, and the peak memory of its largest process. `make bench` and
`make bench-daily` measure it again.

Each figure is one run on {machine}. On a machine that does other things too, processor time is
steadier than wall time, and ratios are steadiest. [benchmark.json](benchmark.json) has the figures
behind this page.
"""
PEERS = """
## The same work by other engines

![CPU seconds by engine](benchmark.svg)

{tables}

### Ratios of CPU seconds

{ratios}

All engines gave the same numbers. Compared are the totals of attempts, the totals of workflows and
tickets by kind and outcome, both ticket tables by week and month in every segment, each tenant's
months, concentration in every period, and the value of every prompt version's metric.

What the rows mean:

- **{ours}** is `dbt build` of the five named tables and all that they need, without tests, into an
  empty warehouse.
- **{alone}** is the same command on an empty landing folder: start-up, parsing, and each node's
  own cost. It does not grow with the data. The ratios are given with it and without it.
- **{whole}** adds all other models.
- **{script}** is one script written by hand for this work alone. It rebuilds everything at every
  run, trusts the types and the spelling of its input, knows one service tier and no merged tickets,
  and keeps neither rejected rows nor a stable key of an attempt; its prompt versions stop at the
  ratios. The other peers take the same liberties.
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

A history is built, then one more day lands: the same number of attempts for every history, 2 % of
them late and of the three days before, with that day's tickets and outcomes. Each figure is a whole
`dbt build` of every model, without tests except in the column that says so. *Nothing new* is a
build that finds no new file; *of it the data* is the day without that. *With tests* is a second
such day, built with all tests.

{days}
"""


def by_engine(peers: list[Peer], rows: int) -> dict[str, Peer]:
    return {each.engine: each for each in peers if each.rows == rows}


def table(peers: list[Peer], rows: int) -> str:
    lines = [
        f"**{rows:,} attempts**",
        "",
        "| Engine | CPU s | wall s | peak MB | bytes an attempt |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for each in by_engine(peers, rows).values():
        stored = ""
        if each.stored is not None:
            stored = f"{each.stored.everything / rows:.0f} / {each.stored.attempts / rows:.0f}"
        lines.append(
            f"| {each.engine} | {each.usage.cpu_seconds:.1f} | {each.usage.wall_seconds:.1f} |"
            f" {each.usage.peak_bytes / 1e6:,.0f} | {stored} |"
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
    for peer in (SCRIPT, POLARS, POLARS_STREAMING):
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


def ratio_table(peers: list[Peer]) -> str:
    sizes = sorted({each.rows for each in peers})
    columns = [ratios(peers, rows) for rows in sizes]
    lines = [
        "| Ratio | " + " | ".join(f"{rows:,}" for rows in sizes) + " |",
        "| --- |" + " ---: |" * len(sizes),
    ]
    for name in columns[0]:
        values = [column[name] for column in columns]
        cells = ["" if value is None else f"{value:.2f}" for value in values]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def day_table(days: list[Day]) -> str:
    lines = [
        "| History, attempts | Days | Attempts on the day | CPU s: first build | nothing new"
        " | one more day | of it the data | with tests | Peak MB of the day |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in days:
        data = each.one_more_day.cpu_seconds - each.nothing_new.cpu_seconds
        lines.append(
            f"| {each.history:,} | {each.history_days:,} | {each.day_rows:,}"
            f" | {each.first_build.cpu_seconds:.1f} | {each.nothing_new.cpu_seconds:.1f}"
            f" | {each.one_more_day.cpu_seconds:.1f} | {data:.1f}"
            f" | {each.with_tests.cpu_seconds:.1f} | {each.one_more_day.peak_bytes / 1e6:,.0f} |"
        )
    return "\n".join(lines)


def page(results: Results) -> str:
    parts = [PAGE.format(machine=results.machine)]
    if results.peers:
        sizes = sorted({each.rows for each in results.peers})
        parts.append(
            PEERS.format(
                tables="\n\n".join(table(results.peers, rows) for rows in sizes),
                ratios=ratio_table(results.peers),
                ours=OURS,
                alone=DBT_ALONE,
                whole=WHOLE,
                script=SCRIPT,
                floor=FLOOR,
            )
        )
    if results.days:
        parts.append(DAILY.format(days=day_table(results.days)))
    return "".join(parts)


def write(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.md").write_text(page(results), encoding="utf-8")
    if results.peers:
        draw(results.peers, folder / "benchmark.svg")


def draw(peers: list[Peer], path: Path) -> None:
    """Bars of CPU seconds, one panel a size, without dbt's own part, which is in the table."""
    import altair

    bars = []
    for each in peers:
        if each.engine not in (DBT_ALONE, WHOLE_DBT_ALONE):
            bars.append(
                {
                    "attempts": f"{each.rows:,} attempts",
                    "engine": each.engine,
                    "seconds": round(each.usage.cpu_seconds, 1),
                    "kind": "this project" if each.engine in (OURS, WHOLE) else "others",
                }
            )
    order = list(dict.fromkeys(str(bar["engine"]) for bar in bars))
    panels = []
    for size in dict.fromkeys(bar["attempts"] for bar in bars):
        base = altair.Chart(
            {"values": [bar for bar in bars if bar["attempts"] == size]}, title=str(size)
        ).encode(
            y=altair.Y("engine:N", sort=order, title=None, axis=altair.Axis(labelLimit=220)),
            x=altair.X("seconds:Q", title="CPU seconds (less is better)"),
        )
        colored = base.mark_bar().encode(
            color=altair.Color(
                "kind:N",
                legend=None,
                scale=altair.Scale(domain=["this project", "others"], range=["#1f6feb", "#9aa4b2"]),
            )
        )
        labels = base.mark_text(align="left", dx=4).encode(
            text=altair.Text("seconds:Q", format=".1f")
        )
        panels.append((colored + labels).properties(width=460))
    altair.vconcat(*panels).save(str(path))
