"""Writes the explorer: one page in which a reader slices the marts, from disk, without a server.

    python scripts/explorer.py                       # `make explorer` does
    python scripts/explorer.py --out somewhere.html

What cases cost, by tenant, intent, queue, ...; what calls cost, by endpoint, model, version, ...
Everything that the page needs is in it. Exit codes: 0 written. 1: there is no warehouse to read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import jinja2
import vl_convert as vlc
from publishing.options import add_warehouse

DEFAULT_OUT = Path("reports/explorer.html")
# Parts of a cut that are shown by name; a page with hundreds is neither read nor light.
PARTS = 30
SHOWN = 20
# What the columns of a block are called on the page: a label, the numerator, and what divides it.
Measures = dict[str, tuple[str, str | None]]


class ExplorerError(Exception):
    """Something that the reader can put right."""


@dataclass(frozen=True)
class Block:
    """One subject: rows of grain, period, cut and part, with what is summed."""

    name: str
    title: str
    note: str
    marts: tuple[str, ...]
    measures: Measures
    cuts: tuple[str, ...]
    sql: str
    size: str  # what the largest parts are the largest by


CASES = Block(
    "cases",
    "What support cases cost",
    "Spend on cases of the period, over the cases that were resolved in it.",
    ("cost_per_resolved_ticket", "cost_per_deflection"),
    {
        "Cost per resolved case, USD": ("cost", "resolved"),
        "Spend on cases, USD": ("cost", None),
        "Resolved cases": ("resolved", None),
        "Cost per deflected case, USD": ("cost", "deflected"),
        "Deflected cases": ("deflected", None),
    },
    ("intent", "tenant", "queue", "channel", "automation class", "project", "all"),
    """
    select
        costs.period_grain as grain, costs.period_start as start,
        replace(costs.segment_type, '_', ' ') as cut, costs.segment_value as part,
        costs.ticket_cost_usd as cost, costs.resolved_tickets as resolved,
        deflected_tickets as deflected
    from cost_per_resolved_ticket as costs
    left join cost_per_deflection using (period_grain, period_start, segment_type, segment_value)
    where period_grain in ('week', 'month')
    """,
    "cost",
)
CALLS = Block(
    "calls",
    "What calls to models cost",
    "All reportable calls, of support and of every other use.",
    ("endpoint_economics",),
    {
        "Spend, USD": ("cost", None),
        "Cost per request, USD": ("cost", "requests"),
        "Requests": ("requests", None),
        "Input tokens per request": ("input_tokens", "requests"),
        "Output tokens per request": ("output_tokens", "requests"),
        "Retries per request": ("retries", "requests"),
        "Waste, share of spend": ("waste", "cost"),
    },
    ("endpoint", "use case", "stage", "model", "model tier", "prompt version", "all"),
    " union all ".join(
        f"""
        select
            period_grain as grain, period_start as start, '{cut}' as cut, {column} as part,
            sum(cost_usd) as cost, sum(requests) as requests, sum(input_tokens) as input_tokens,
            sum(output_tokens) as output_tokens, sum(retries) as retries,
            sum(waste_cost_usd) as waste
        from endpoint_economics
        where period_grain in ('week', 'month')
        group by all
        """
        for cut, column in {
            **{"all": "'all'", "use case": "use_case", "endpoint": "endpoint_tag"},
            **{"stage": "stage", "model": "model", "model tier": "model_tier"},
            "prompt version": "prompt_version",
        }.items()
    ),
    "cost",
)
BLOCKS = (CASES, CALLS)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_warehouse(parser, what="DuckDB file, also a published one")
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_OUT, help=f"the page (default: {DEFAULT_OUT})"
    )
    return parser.parse_args(arguments)


def connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    if not warehouse.is_file():
        raise ExplorerError(f"There is no warehouse at {warehouse}. Run `make build` first.")
    try:
        connection = duckdb.connect(str(warehouse), read_only=True)
    except duckdb.Error as error:
        raise ExplorerError(f"The warehouse at {warehouse} cannot be read now: {error}") from error
    schema = connection.execute(
        """
        select min(table_schema) from information_schema.tables
        where table_catalog = current_database() and table_name = 'cost_per_resolved_ticket'
        """
    ).fetchone()
    if not schema or not schema[0]:
        raise ExplorerError(
            f"The warehouse at {warehouse} has no marts: the build did not get that far."
            " Its first error says why."
        )
    path = '"' + str(schema[0]).replace('"', '""') + '"'
    connection.execute("set search_path = '" + path.replace("'", "''") + "'")
    return connection


def rows(connection: duckdb.DuckDBPyConnection, block: Block) -> list[dict[str, Any]]:
    """The rows of a block, with the parts beyond the largest of a cut put together."""
    columns = sorted({name for pair in block.measures.values() for name in pair if name})
    sums = ", ".join(f"sum({name})::double as {name}" for name in columns)
    result = connection.execute(
        f"""
        with cells as ({block.sql}),

        sizes as (
            select cut, part, row_number() over (
                partition by cut order by sum({block.size}) desc nulls last, part
            ) as place
            from cells where grain = 'month' group by cut, part
        )

        select
            grain, start::varchar as start, cut,
            case when place <= {PARTS} then part else '(others)' end as part, {sums}
        from cells left join sizes using (cut, part)
        group by all
        order by all
        """
    )
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def number(name: str | None) -> str:
    """An expression that is 1 for no divisor, and otherwise a column."""
    return f"datum.{name}" if name else "1"


def chosen(measures: Measures, place: int) -> str:
    """What of a row the chosen measure sums (0), or is divided by (1)."""
    expression = "null"
    for label, pair in reversed(measures.items()):
        value = number(pair[place]) if place == 0 or pair[1] else "0"
        expression = f"measure_ == {json.dumps(label)} ? {value} : {expression}"
    return expression


def chart(block: Block, data: list[dict[str, Any]]) -> dict[str, Any]:
    """Periods above, parts below; each chooses what the other shows."""
    measure, grain, cut = (
        alt.param(name=name, value=options[0], bind=alt.binding_select(options=options, name=label))
        for name, options, label in (
            ("measure_", list(block.measures), "Show "),
            ("grain_", ["week", "month"], "by "),
            ("cut_", list(block.cuts), "and "),
        )
    )
    period = alt.selection_interval(name="period_", encodings=["x"])
    part = alt.selection_point(name="part_", fields=["part"], toggle=False)
    base = (
        alt.Chart(alt.InlineData(values=data))
        .transform_filter("datum.grain == grain_ && datum.cut == cut_")
        .transform_calculate(
            above=chosen(block.measures, 0),
            under=chosen(block.measures, 1),
            when="toDate(datum.start)",
        )
    )
    # A measure without a divisor is divided by nothing, not by 0.
    plain = " || ".join(
        f"measure_ == {json.dumps(label)}" for label, pair in block.measures.items() if not pair[1]
    )
    value = (
        f"({plain}) ? datum.above_sum"
        " : datum.under_sum > 0 ? datum.above_sum / datum.under_sum : null"
    )
    over_time = (
        base.transform_filter(part)
        .transform_aggregate(
            above_sum="sum(above)", under_sum="sum(under)", groupby=["when", "start"]
        )
        .transform_calculate(value=value)
        .mark_line(point=alt.OverlayMarkDef(size=60), interpolate="linear")
        .encode(
            x=alt.X(
                "when:T",
                title=None,
                axis=alt.Axis(format="%d %b", labelOverlap=True),
                # A date is the UTC date that it is in the mart, wherever the page is read.
                scale=alt.Scale(type="utc"),
            ),
            y=alt.Y(
                "value:Q", title=None, axis=alt.Axis(format=".3~g"), scale=alt.Scale(zero=True)
            ),
            tooltip=[
                alt.Tooltip("start:N", title="period"),
                alt.Tooltip("value:Q", title="value", format=".4~g"),
            ],
        )
        .properties(width=760, height=190)
        .add_params(period, measure, grain, cut)
    )
    by_part = (
        base.transform_filter(period)
        .transform_aggregate(above_sum="sum(above)", under_sum="sum(under)", groupby=["part"])
        .transform_calculate(value=value)
        .transform_window(
            place="row_number()", sort=[alt.SortField("above_sum", order="descending")]
        )
        .transform_filter(f"datum.place <= {SHOWN}")
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title=None, axis=alt.Axis(format=".3~g")),
            y=alt.Y("part:N", title=None, sort="-x", axis=alt.Axis(labelLimit=220)),
            opacity=alt.condition(part, alt.value(1), alt.value(0.35)),
            tooltip=[
                alt.Tooltip("part:N", title="part"),
                alt.Tooltip("value:Q", title="value", format=".4~g"),
            ],
        )
        .properties(width=760, height=alt.Step(18))
        .add_params(part)
    )
    spec: dict[str, Any] = alt.vconcat(over_time, by_part).to_dict()
    # Another cut has another number of parts.
    spec["autosize"] = {"type": "pad", "resize": True}
    # The address of a schema is no use to a page.
    del spec["$schema"]
    return spec


def page(connection: duckdb.DuckDBPyConnection) -> str:
    try:
        return rendered(connection)
    except duckdb.CatalogException as error:
        said = str(error).splitlines()[0]
        raise ExplorerError(
            f"A mart of the page is missing: {said}. A build that did not get that far lacks it,"
            " and so does what is published for one tenant."
        ) from error
    except duckdb.BinderException as error:
        said = str(error).splitlines()[0]
        raise ExplorerError(
            f"The marts are of another version of this project: {said}. Run `make build` first."
        ) from error


def write(text: str, out: Path) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ExplorerError(f"The page cannot be written: {error}. Name another --out.") from error


def rendered(connection: duckdb.DuckDBPyConnection) -> str:
    blocks, specs = [], {}
    for block in BLOCKS:
        data = rows(connection, block)
        blocks.append({**vars(block), "rows": len(data)})
        if data:
            specs[block.name] = chart(block, data)
    built = connection.execute(
        "select max(outcome_definition) from cost_per_resolved_ticket"
    ).fetchone()
    newest = connection.execute("select max(request_date) from fct_attempts").fetchone()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True
    )
    return environment.get_template(
        "explorer.html"
    ).render(
        blocks=blocks,
        # Text of the data cannot end the script that it stands in.
        specs=json.dumps(specs).replace("<", "\\u003c"),
        # Its stub asks for a snippet, which is for pages that draw by themselves.
        library=vlc.javascript_bundle(  # type: ignore[call-arg]
            vl_version=".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
        ),
        as_of=newest[0] if newest else None,
        definition=built[0] if built else None,
        parts=PARTS,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        with connect(options.warehouse) as connection:
            text = page(connection)
        write(text, options.out)
    except ExplorerError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Explorer: {options.out.resolve()} ({len(text.encode()) / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
