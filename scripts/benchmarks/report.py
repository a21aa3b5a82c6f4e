"""The measurements as a table and a picture."""

# mypy: disable-error-code="import-not-found"
# Only `make bench` installs altair.

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Usage

OURS = "This project"
DBT_ALONE = "of which dbt itself"
WHOLE = "This project, every model"
FLOOR = "Read and add up"
HEADER = (
    "| Engine | CPU s | of ours | wall s | peak MB | bytes an attempt |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
)
TEXT = """# Benchmark

The same work by every engine: raw Parquet and the reference files become the facts of attempts
(deduplicated, ordered within their request, priced, attributed), workflows and tickets, and the
tables cost per resolved ticket, cost per deflection, tenant share, tenant concentration and prompt
versions, all written to disk. Each engine is a process of its own, measured whole: processor time
of all its threads and children, and the peak memory of its largest process. `make bench` runs it
again. {machine}

![CPU seconds by engine](benchmark.svg)

{table}

All engines gave the same numbers. Compared are the totals of attempts, the totals of workflows and
tickets by kind and outcome, both ticket tables by week and month in every segment, each tenant's
months, concentration in every period, and the value of every prompt version's metric.

What the rows mean:

- **{ours}** is `dbt build` of the five named tables and all that they need, without tests, into an
  empty warehouse.
- **{alone}** is the same command on an empty landing folder: start-up, parsing, and each node's
  own cost. It does not grow with the data.
- **{whole}** adds the governance and finance tables.
- **DuckDB script** is one script written by hand for this work alone. It rebuilds everything at
  every run, trusts the types and the spelling of its input, knows one service tier and no merged
  tickets, and keeps neither rejected rows nor a stable key of an attempt; its prompt versions stop
  at the ratios. The other peers take the same liberties.
- **PySpark** keeps to sizes that it does in minutes.
- **{floor}** only reads the columns that the result depends on: no engine can be faster.
"""


@dataclass(frozen=True)
class Result:
    rows: int
    engine: str
    usage: Usage
    stored_bytes: int | None


def table(results: list[Result]) -> str:
    parts = []
    for rows in sorted({result.rows for result in results}):
        of_size = [result for result in results if result.rows == rows]
        ours = next(each.usage.cpu_seconds for each in of_size if each.engine == OURS)
        lines = [f"**{rows:,} attempts**", "", *HEADER]
        for each in of_size:
            stored = "" if each.stored_bytes is None else f"{each.stored_bytes / rows:.0f}"
            lines.append(
                f"| {each.engine} | {each.usage.cpu_seconds:.1f} |"
                f" {each.usage.cpu_seconds / ours:.2f} | {each.usage.wall_seconds:.1f} |"
                f" {each.usage.peak_bytes / 1e6:,.0f} | {stored} |"
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Measured once on {os.cpu_count()} cores with {memory:.0f} GiB; on a machine that does"
        " other things too, processor time is steadier than wall time, and ratios are steadiest."
    )


def write(results: list[Result], folder: Path) -> None:
    page = TEXT.format(
        machine=machine(),
        table=table(results),
        ours=OURS,
        alone=DBT_ALONE,
        whole=WHOLE,
        floor=FLOOR,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.md").write_text(page, encoding="utf-8")
    draw(results, folder / "benchmark.svg")


def draw(results: list[Result], path: Path) -> None:
    """Bars of CPU seconds, one panel a size, dbt's own part set apart."""
    import altair

    bars = []
    for each in results:
        if each.engine != DBT_ALONE:
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
