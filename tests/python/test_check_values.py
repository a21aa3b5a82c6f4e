"""The regression statistics of the models against the worked example of the design.

dbt's unit tests compare floating-point numbers to the last digit, and `ln` and `exp` differ in it
between machines. So the models' compiled SQL runs here, on fixtures, and is compared with a
tolerance. The decisions that follow from these numbers have unit tests beside their models.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import duckdb
import pytest
from conftest import run_dbt

# intent: cost, resolved and requests of each case.
ARM_A = {
    "refund": [(".10", 1, 2), (".14", 1, 3), (".30", 0, 6), (".08", 1, 2)],
    "login": [(".05", 1, 1), (".07", 1, 2), (".06", 1, 1), (".20", 0, 4)],
}
ARM_B = {
    "refund": [
        (".12", 1, 2),
        (".22", 1, 4),
        (".40", 0, 7),
        (".16", 1, 3),
        (".18", 1, 3),
        (".45", 0, 8),
    ],
    "login": [(".06", 1, 1), (".09", 1, 2)],
}
MODELS = [
    "int_prompt_version_moments",
    "int_prompt_version_ratios",
    "int_prompt_version_lifts",
    "int_prompt_version_effects",
]
Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of the statistics models, with strata that may be as small as the example's."""
    folder = tmp_path_factory.mktemp("compiled")
    arguments = ["compile", "--select", *MODELS]
    run_dbt(arguments, folder / "llm_costs.duckdb", folder, None, regression_min_stratum_units=1)
    return {path.stem: path.read_text() for path in folder.rglob("int_prompt_version_*.sql")}


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """An empty warehouse in memory, of the name that the SQL was compiled for."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as llm_costs")
    connection.execute("use llm_costs")
    connection.execute("create schema intermediate")
    connection.execute(
        """
        create table intermediate.int_as_of as select timestamp '2026-09-01' as as_of;
        create table intermediate.int_outcome_definition as
        select 72 as inactivity_hours, 168 as maturity_hours;
        create table intermediate.int_prompt_releases_dated as select
            'chat' as endpoint_tag, 'B' as prompt_version, 'A' as baseline_version,
            timestamp '2026-06-01' as released_at, true as is_registered
        """
    )
    return connection


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    """The rows of a query as dictionaries."""
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def build(connection: duckdb.DuckDBPyConnection, compiled: Mapping[str, str], model: str) -> None:
    """Make a model's table out of its compiled SQL."""
    connection.execute(f"create table intermediate.{model} as {compiled[model]}")


@pytest.fixture
def example(
    warehouse: duckdb.DuckDBPyConnection, compiled: Mapping[str, str]
) -> duckdb.DuckDBPyConnection:
    """A warehouse with the worked example's units and everything computed from them."""
    units = [
        (version, first_met, intent, cost, resolved, requests)
        for version, first_met, arm in (("A", "2026-05-20", ARM_A), ("B", "2026-06-02", ARM_B))
        for intent, cases in arm.items()
        for cost, resolved, requests in cases
    ]
    warehouse.execute(
        """
        create table intermediate.int_prompt_version_units (
            endpoint_tag varchar default 'chat', prompt_version varchar, first_met_at timestamp,
            intent varchar, cost_usd decimal(28, 12), resolved integer, requests bigint,
            tokens bigint default 100, versions_met bigint default 1,
            has_final_outcome boolean default true
        )
        """
    )
    warehouse.executemany(
        """
        insert into intermediate.int_prompt_version_units
            (prompt_version, first_met_at, intent, cost_usd, resolved, requests)
        values (?, ?, ?, ?, ?, ?)
        """,
        units,
    )
    for model in MODELS:
        build(warehouse, compiled, model)
    return warehouse


def arms(example: duckdb.DuckDBPyConnection, metric: str) -> tuple[Row, Row]:
    """The ratios of both arms, A first."""
    sql = f"""
        select * from intermediate.int_prompt_version_ratios where metric = '{metric}' order by arm
    """
    a, b = rows(example, sql)
    return a, b


def test_cost_per_resolved_matches_the_worked_example(example: duckdb.DuckDBPyConnection) -> None:
    a, b = arms(example, "cost_per_resolved")
    assert (a["units"], b["units"]) == (8, 8)
    assert a["ratio"] == pytest.approx(0.1666667, abs=5e-8)
    assert a["ratio_variance"] == pytest.approx(0.005619048, abs=5e-10)
    assert b["ratio"] == pytest.approx(0.28, abs=1e-12)
    assert b["ratio_variance"] == pytest.approx(0.015892063, abs=5e-10)


def test_standard_errors_of_cost_per_request_match_the_worked_example(
    example: duckdb.DuckDBPyConnection,
) -> None:
    errors = [math.sqrt(arm["ratio_variance"]) for arm in arms(example, "cost_per_request")]
    assert errors == pytest.approx([0.001873029, 0.001042585], abs=5e-10)


def test_standardised_ratios_match_the_worked_example(example: duckdb.DuckDBPyConnection) -> None:
    a, b = arms(example, "cost_per_resolved")
    for arm, ratio, error in ((a, 0.17666667, 0.08729761), (b, 0.23684211, 0.08297926)):
        assert arm["adjusted_ratio"] == pytest.approx(ratio, abs=5e-9)
        assert math.sqrt(arm["adjusted_ratio_variance"]) == pytest.approx(error, abs=5e-9)


def test_lift_and_its_p_value_match_the_worked_example(example: duckdb.DuckDBPyConnection) -> None:
    sql = "select * from intermediate.int_prompt_version_lifts where metric = 'cost_per_resolved'"
    (found,) = rows(example, sql)
    log_lift, error = found["log_lift"], found["standard_error"]
    assert log_lift == pytest.approx(0.518793793, abs=5e-10)
    assert error == pytest.approx(0.636388722, abs=5e-10)
    assert log_lift / error == pytest.approx(0.815215253, abs=5e-10)
    # the tail is a polynomial with a relative error under 1.2e-7
    assert found["p_value"] == pytest.approx(0.41494911, rel=1.3e-7)
    assert found["lift"] == pytest.approx(0.28 / (1 / 6) - 1)
    assert found["ci_low"] == pytest.approx(math.exp(log_lift - 1.9599639845 * error) - 1)
    assert found["ci_high"] == pytest.approx(math.exp(log_lift + 1.9599639845 * error) - 1)
    assert found["adjusted_lift"] == pytest.approx(0.23684211 / 0.17666667 - 1, abs=1e-7)
    adjusted = math.log(0.23684211 / 0.17666667)
    assert found["mix_effect"] == pytest.approx(log_lift - adjusted, abs=1e-7)
    assert found["candidate_cost_usd"] == pytest.approx(1.68)


def test_lift_splits_into_what_a_metric_is_made_of(example: duckdb.DuckDBPyConnection) -> None:
    """A: 8 cases, 21 requests, 800 tokens, $1.00, 6 resolved. B: 8, 30, 800, $1.68, 6."""
    sql = "select * from intermediate.int_prompt_version_effects"
    effects = {row["metric"]: row for row in rows(example, sql)}
    names = ["requests_per_case", "tokens_per_request", "price_per_token", "resolved_share"]
    more, shorter, dearer = math.log(30 / 21), math.log(21 / 30), math.log(1.68)
    expected: dict[str, list[float | None]] = {
        "cost_per_request": [None, shorter, dearer, None],
        "tokens_per_request": [None, shorter, None, None],
        "cost_per_case": [more, shorter, dearer, None],
        "cost_per_resolved": [more, shorter, dearer, 0.0],
    }
    for metric, values in expected.items():
        found = [effects[metric][f"{name}_effect"] for name in names]
        assert [value is None for value in found] == [value is None for value in values]
        known = [value for value in found if value is not None]
        assert known == pytest.approx([value for value in values if value is not None], abs=1e-12)
        lift = (
            f"select log_lift from intermediate.int_prompt_version_lifts where metric = '{metric}'"
        )
        assert sum(known) == pytest.approx(rows(example, lift)[0]["log_lift"], abs=1e-12)


def test_fewer_resolved_cases_make_each_dearer(
    warehouse: duckdb.DuckDBPyConnection, compiled: Mapping[str, str]
) -> None:
    warehouse.execute(
        """
        create table intermediate.int_prompt_version_moments as
        select
            'e' as endpoint_tag, 'v' as prompt_version, 'cost_per_resolved' as metric, arm,
            'i' as intent, 4 as units, 4 as units_with_tokens, 4 as sum_requests,
            4 as sum_requests_with_tokens, resolved as sum_resolved, 4.0::double as sum_tokens,
            4.0::double as sum_cost_usd
        from (values ('baseline', 4), ('candidate', 1)) as arms (arm, resolved)
        """
    )
    (found,) = rows(warehouse, compiled["int_prompt_version_effects"])
    assert found["resolved_share_effect"] == pytest.approx(math.log(4))
    assert found["requests_per_case_effect"] == found["price_per_token_effect"] == 0


def lifts_of_ratios(
    warehouse: duckdb.DuckDBPyConnection,
    compiled: Mapping[str, str],
    baseline: tuple[float | None, float | None],
    candidate: tuple[float | None, float | None],
) -> Row:
    """The lift between two ratios, each given with its variance."""
    warehouse.execute(
        """
        create or replace table intermediate.int_prompt_version_ratios as
        select
            'chat' as endpoint_tag, 'B' as prompt_version, 'cost_per_case' as metric, arm,
            30 as units, 30 as compared_units, 0 as contaminated_units, 30.0::double as sum_d,
            1.0::double as sum_c, 1.0::double as compared_cost_usd, ratio, ratio_variance,
            ratio as adjusted_ratio, ratio_variance as adjusted_ratio_variance
        from (values ('baseline', ?::double, ?::double), ('candidate', ?::double, ?::double))
            as arms (arm, ratio, ratio_variance)
        """,
        [*baseline, *candidate],
    )
    sql = f"select * from ({compiled['int_prompt_version_lifts']}) where metric = 'cost_per_case'"
    (found,) = rows(warehouse, sql)
    return found


@pytest.mark.parametrize("z", [-8.0, -1.959963984540054, -0.1, 0.0, 0.5, 1.0, 3.0, 6.0, 20.0])
def test_p_value_is_the_two_sided_tail_of_the_normal(
    warehouse: duckdb.DuckDBPyConnection, compiled: Mapping[str, str], z: float
) -> None:
    ratio = math.exp(z / 10)
    found = lifts_of_ratios(warehouse, compiled, (1.0, 0.0), (ratio, (ratio / 10) ** 2))
    for prefix in ("", "adjusted_"):
        expected = math.erfc(abs(z) / math.sqrt(2))
        assert found[f"{prefix}p_value"] == pytest.approx(expected, rel=2e-7)


@pytest.mark.parametrize(
    ("baseline", "candidate", "known"),
    [
        pytest.param((1.0, 0.0), (2.0, 0.0), ["lift", "ci_low", "ci_high"], id="no variance"),
        pytest.param((1.0, 0.1), (2.0, None), ["lift"], id="one unit"),
        pytest.param((0.0, 0.1), (2.0, 0.1), [], id="free baseline"),
        pytest.param((1.0, 0.1), (0.0, 0.1), [], id="free candidate"),
        pytest.param((1.0, 0.1), (None, None), [], id="nothing resolved"),
    ],
)
def test_what_cannot_be_computed_is_null_and_stops_nothing(
    warehouse: duckdb.DuckDBPyConnection,
    compiled: Mapping[str, str],
    baseline: tuple[float | None, float | None],
    candidate: tuple[float | None, float | None],
    known: list[str],
) -> None:
    found = lifts_of_ratios(warehouse, compiled, baseline, candidate)
    columns = ["lift", "ci_low", "ci_high", "p_value"]
    assert [name for name in columns if found[name] is not None] == known
    assert all((found[f"adjusted_{name}"] is None) == (found[name] is None) for name in columns)
