"""Metrics as code say what the marts say: by hand over the facts, and asked of MetricFlow."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from conftest import PROJECT, connect, invoke_dbt
from metric_marts import CUTS, GRAINS, Cut, comparable

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

METRICFLOW = Path(os.environ.get("METRICFLOW", PROJECT / ".venv" / "metrics" / "bin" / "mf"))
# Dimensions of the time of a metric are called so whatever the date is.
METRIC_TIME = "metric_time"


@pytest.fixture(scope="module")
def facts(demo_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, with its facts computed once: the larger ones are views."""
    with connect(demo_warehouse) as connection:
        for fact in ("fct_attempts", "fct_tickets"):
            connection.execute(f"create temp table {fact} as from marts.{fact}")
        yield connection


class ByHand:
    """What MetricFlow would ask, by one query a simple metric, as far as these metrics go."""

    def __init__(self, manifest: Manifest) -> None:
        self.metrics = {metric.name: metric for metric in manifest.metrics.values()}
        self.models = {model.name: model for model in manifest.semantic_models.values()}
        self.measures = {
            measure.name: (model, measure)
            for model in self.models.values()
            for measure in model.measures
        }

    def simple_metrics(self, name: str) -> list[str]:
        metric = self.metrics[name]
        if metric.type.value == "simple":
            return [name]
        return [part for read in self.inputs(name).values() for part in self.simple_metrics(read)]

    def inputs(self, name: str) -> dict[str, str]:
        """The metrics that a metric is computed from, by what its expression calls them."""
        parameters = self.metrics[name].type_params
        if self.metrics[name].type.value == "ratio":
            return {
                "numerator": parameters.numerator.name,
                "denominator": parameters.denominator.name,
            }
        return {read.alias or read.name: read.name for read in parameters.metrics}

    def expression(self, name: str) -> str:
        """A metric over columns that are called like the simple metrics."""
        metric = self.metrics[name]
        if metric.type.value == "simple":
            return f'"{name}"'
        inputs = self.inputs(name)
        columns = ", ".join(
            f'{self.expression(read)} as "{alias}"' for alias, read in inputs.items()
        )
        text = (
            "cast(numerator as double) / cast(nullif(denominator, 0) as double)"
            if metric.type.value == "ratio"
            else metric.type_params.expr
        )
        return f"(select {text} from (select {columns}))"

    def column(self, model: Any, name: str) -> str:
        element = next(part for part in (*model.dimensions, *model.entities) if part.name == name)
        return str(element.expr or element.name)

    def simple(self, name: str, grain: str, dimension: str | None) -> str:
        metric = self.metrics[name]
        asked = metric.type_params.measure
        model, measure = self.measures[asked.name]
        time = self.column(model, measure.agg_time_dimension or model.defaults.agg_time_dimension)
        value = f"({measure.expr or measure.name})"
        aggregate = {"sum": "sum({})", "count_distinct": "count(distinct {})"}[measure.agg.value]
        of_ticket = [f"{self.column(self.models['tickets'], 'is_handled')} as is_handled"]
        own = []
        if dimension:
            entity, column = dimension.split("__")
            if entity == "ticket":
                of_ticket.append(f"{self.column(self.models['tickets'], column)} as dimension")
            else:
                own.append(f"{self.column(model, column)} as dimension")
        filters = metric.filter.where_filters if metric.filter else []
        wanted = {
            "{{ Dimension('ticket__is_handled') }}": "tickets.is_handled",
            "{{ TimeDimension('ticket__resolved_on', 'day') }} is not null": "moment is not null",
        }
        where = " and ".join(wanted[one.where_sql_template] for one in filters)
        return f"""
            select
                cast(date_trunc('{grain}', moment) as date) as period,
                {"dimension" if dimension else "'all'"} as dimension,
                {aggregate.format("measured")} as "{name}"
            from (
                select
                    {", ".join([f"{time} as moment", f"{value} as measured", *own])},
                    {self.column(model, "ticket")} as ticket
                from {model.model.split("'")[1]}
            )
            left join (
                select ticket_id, {", ".join(of_ticket)} from fct_tickets
            ) as tickets on ticket = tickets.ticket_id
            {f"where {where}" if where else ""}
            group by all
        """

    def sql(self, cut: Cut, grain: str) -> str:
        parts = sorted({part for name in cut.metrics for part in self.simple_metrics(name)})
        joined = f"({self.simple(parts[0], grain, cut.dimension)}) as part_0"
        for number, part in enumerate(parts[1:], 1):
            joined += f"""
                full outer join ({self.simple(part, grain, cut.dimension)}) as part_{number}
                using (period, dimension)
            """
        columns = []
        for part in parts:
            filled = self.metrics[part].type_params.measure.fill_nulls_with
            columns.append(
                f'"{part}"' if filled is None else f'coalesce("{part}", {filled}) as "{part}"'
            )
        shown = ", ".join(self.expression(name) for name in cut.metrics)
        return f"""
            select period, {"dimension," if cut.dimension else ""} {shown}
            from (select period, dimension, {", ".join(columns)} from {joined})
        """


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str, cut: Cut) -> set[tuple[Any, ...]]:
    return comparable(connection.execute(sql).fetchall(), len(cut.metrics))


def of_a_case(rows: set[tuple[Any, ...]], cut: Cut) -> set[tuple[Any, ...]]:
    """Without what has no date, or is of no case."""
    return {row for row in rows if row[0] not in ("None", "") and (not cut.dimension or row[1])}


@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_metrics_by_hand_are_the_columns_of_their_marts(
    facts: duckdb.DuckDBPyConnection, manifest: Manifest, cut: Cut
) -> None:
    by_hand = ByHand(manifest)
    for grain in GRAINS:
        expected = rows_of(facts, cut.mart.format(grain=grain), cut)
        assert expected
        assert of_a_case(rows_of(facts, by_hand.sql(cut, grain), cut), cut) == expected, grain


def test_every_metric_is_held_to_something_and_described(manifest: Manifest) -> None:
    by_hand = ByHand(manifest)
    held = {part for cut in CUTS for name in cut.metrics for part in (name, *inner(by_hand, name))}
    rates = {part for name in RATES for part in (name, *inner(by_hand, name))}
    assert held | rates == set(by_hand.metrics) - {"opened_cases"}
    assert all(metric.description and metric.label for metric in by_hand.metrics.values())


def inner(by_hand: ByHand, name: str) -> set[str]:
    if by_hand.metrics[name].type.value == "simple":
        return set()
    reads = set(by_hand.inputs(name).values())
    return reads | {part for read in reads for part in inner(by_hand, read)}


# Numerator and denominator of each rate, of a handled case that was opened in the week.
RATES = {
    "deflection_rate": ("is_deflected", "is_deflected is not null"),
    "fully_automated_share": (
        "is_resolved and automation_class = 'fully_automated'",
        "is_resolved and automation_class <> 'unknown'",
    ),
    "reopen_rate": (
        "(is_resolved or coalesce(first_resolved_at, last_resolved_at, closed_at) is not null)"
        " and (outcome = 'reopened' or last_reopened_at is not null)",
        "is_resolved or coalesce(first_resolved_at, last_resolved_at, closed_at) is not null",
    ),
    "csat": ("csat", "csat is not null"),
}


@pytest.mark.parametrize("name", RATES)
def test_rates_are_about_the_cases_that_were_opened(
    facts: duckdb.DuckDBPyConnection, manifest: Manifest, name: str
) -> None:
    part, whole = RATES[name]
    cases = "fct_tickets where is_handled and attempts > 0"
    summed = "sum(csat)" if name == "csat" else f"count(*) filter ({part})"
    expected = f"""
        select
            date_trunc('week', opened_at)::date,
            {summed} / nullif(count(*) filter ({whole}), 0)
        from {cases} group by all
    """
    cut = Cut((name,), None, expected)
    rows = rows_of(facts, ByHand(manifest).sql(cut, "week"), cut)
    assert len(rows) > 10
    assert rows == rows_of(facts, expected, cut)


@pytest.fixture(scope="module")
def metricflow_project(
    demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    """A folder that MetricFlow takes for the project: it looks for the manifest in its target."""
    if not METRICFLOW.exists():
        pytest.skip(f"{METRICFLOW} is not there; `make test-metrics` installs it")
    folder = tmp_path_factory.mktemp("metricflow")
    for name in ("dbt_project.yml", "profiles.yml", "macros", "models", "seeds", "tests"):
        (folder / name).symlink_to(PROJECT / name)
    parsed = tmp_path_factory.mktemp("parsed")
    invoke_dbt(
        [
            *("parse", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"),
            *("--target-path", str(parsed), "--log-path", str(parsed)),
        ]
    )
    (folder / "target").mkdir()
    shutil.copy(parsed / "semantic_manifest.json", folder / "target")
    told = {
        "DBT_PROFILES_DIR": str(folder),
        "LLM_COSTS_WAREHOUSE": str(demo_warehouse),
        "LLM_COSTS_LANDING": "",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "TZ": "UTC",
    }
    return folder, os.environ | told


@pytest.mark.metrics
@pytest.mark.parametrize("cut", CUTS, ids=str)
@pytest.mark.parametrize("grain", GRAINS)
def test_metricflow_answers_like_the_marts(
    demo_warehouse: Path,
    metricflow_project: tuple[Path, dict[str, str]],
    cut: Cut,
    grain: str,
) -> None:
    folder, environment = metricflow_project
    answer = folder / "answer.csv"
    time = f"{METRIC_TIME}__{grain}"
    asked = ",".join([time, *([cut.dimension] if cut.dimension else [])])
    command = [str(METRICFLOW), "query", "--metrics", ",".join(cut.metrics), "--group-by", asked]
    ran = subprocess.run(  # noqa: S603
        [*command, "--csv", str(answer)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with answer.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = [*asked.split(","), *cut.metrics]
    found = comparable([tuple(row[name] for name in columns) for row in rows], len(cut.metrics))
    with connect(demo_warehouse) as connection:
        in_mart = rows_of(connection, cut.mart.format(grain=grain), cut)
    expected = {tuple("" if part is None else part for part in row) for row in in_mart}
    assert {
        tuple("" if part is None else part for part in row) for row in of_a_case(found, cut)
    } == expected
