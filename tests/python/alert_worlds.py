"""Worlds of traffic for the rules of alerts, and those rules run on them without dbt.

A warehouse takes half a minute to build, and false alerts are counted over dozens of worlds. So the
models' compiled SQL runs here on attempts as they became known, which other tests prove.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
from conftest import PROJECT, run_dbt

# In the order in which they are built.
MODELS: Final = (
    "stg_reference__alert_rules",
    "int_usage_days_known",
    "int_request_days_known",
    "int_signal_days",
    "int_signal_days_known",
    "int_signal_windows",
    "int_signals_measured",
    "int_signals_judged",
    "int_silence_days",
    "int_silences",
    "int_alert_signs",
    "int_alert_episodes",
    "int_alerts_told",
)
FIRST: Final = date(2026, 1, 5)
Compiled = Mapping[str, str]


def compile_alerts(folder: Path) -> Compiled:
    """The SQL of the models up to int_alerts_told."""
    run_dbt(["compile", "--select", *MODELS], folder / "llm_costs.duckdb", folder, None)
    found = {path.stem: path.read_text() for path in folder.rglob("compiled/**/*.sql")}
    return {model: found[model] for model in MODELS}


@dataclass(frozen=True)
class Endpoint:
    """How the traffic of an endpoint is, and what happens to it."""

    name: str
    requests_per_day: float = 20
    usd_per_request: float = 0.01
    skew: float = 0.8  # sigma of the logarithm of what a request costs
    weekend: float = 1.0  # traffic of a weekend's day against a weekday's; 0 is a pause
    wander: float = 0.1  # deviation of a day's traffic, and of a day's cost a request
    failing: float = 0.01  # share of attempts
    release_days: int = 0  # a new prompt version every so many days, which changes nothing
    sources: tuple[str, ...] = ("proxy",)
    incident: str | None = None  # doubling, storm or burst
    incident_day: int = 0


@dataclass(frozen=True)
class Traffic:
    """What is the same for all endpoints of a world."""

    seed: int
    endpoints: tuple[Endpoint, ...]
    days: int
    tenants: int = 20
    tenant_skew: float = 1.2  # shape of the Pareto distribution of their cases
    unknown_users: float = 0.02
    unattributed: float = 0.03
    unpriced: float = 0.005
    late: float = 0.05
    corrected: float = 0.01
    use_cases: int = 4


def quiet_world(seed: int, days: int, endpoints: int = 10) -> Traffic:
    """A world in which nothing happens that somebody must act on."""
    rng = np.random.default_rng(seed)

    def one_of(*values: Any) -> Any:
        return values[rng.integers(len(values))]

    sources = ("proxy", "gateway", "batch")
    return Traffic(
        seed=seed,
        endpoints=tuple(
            Endpoint(
                name=f"e{number}",
                requests_per_day=one_of(2, 4, 8, 15, 30, 60, 120, 200),
                usd_per_request=one_of(0.002, 0.01, 0.03),
                skew=one_of(0.5, 0.8, 1.0, 1.2),
                weekend=one_of(1.0, 0.5, 0.2, 0.0),
                wander=one_of(0.10, 0.15, 0.25),
                failing=one_of(0.005, 0.01, 0.03, 0.06),
                release_days=one_of(0, 30, 45),
                sources=one_of(sources[:1], sources[1:2], sources[2:], sources[:2]),
            )
            for number in range(endpoints)
        ),
        days=days,
        tenants=int(rng.integers(8, 31)),
        unknown_users=one_of(0.0, 0.01, 0.04),
        unattributed=one_of(0.0, 0.02, 0.05),
        unpriced=one_of(0.0, 0.005, 0.01),
        late=one_of(0.0, 0.05, 0.10),
    )


def with_incident(world: Traffic, incident: str, day: int) -> Traffic:
    """The same world, in which something happens to all endpoints from a day on."""
    endpoints = (replace(each, incident=incident, incident_day=day) for each in world.endpoints)
    return replace(world, endpoints=tuple(endpoints))


def attempts_of(
    world: Traffic, number: int, shares: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """The attempts of one endpoint, numbers for words."""
    endpoint = world.endpoints[number]
    days = np.arange(world.days)
    happens = (days >= endpoint.incident_day) & (endpoint.incident is not None)
    at_once = happens & (days == endpoint.incident_day)
    is_storm, is_burst = endpoint.incident == "storm", endpoint.incident == "burst"
    rhythm = np.where(days % 7 >= 5, endpoint.weekend, 1.0)
    # Two requests a case, a few cases many.
    cases_a_day = endpoint.requests_per_day * rhythm * rng.lognormal(0, endpoint.wander, len(days))
    cases = np.repeat(days, rng.poisson(cases_a_day / 2.3))
    sizes = rng.geometric(0.5, len(cases)) + np.where(
        rng.random(len(cases)) < 0.02, rng.integers(8, 25, len(cases)), 0
    )
    if is_burst:  # one unknown user, ten times the traffic of a day, half of it fails
        cases = np.append(cases, endpoint.incident_day)
        sizes = np.append(sizes, int(10 * endpoint.requests_per_day))
    case_of = np.repeat(np.arange(len(cases)), sizes)
    day = cases[case_of]
    requests = len(day)
    is_bot = np.zeros(requests, bool)
    if is_burst:
        is_bot = case_of == len(cases) - 1
    tenant_of = rng.choice(world.tenants, len(cases), p=shares)
    tenant_of[rng.random(len(cases)) < world.unknown_users] = -1
    has_workflow = rng.random(len(cases)) >= world.unattributed
    # What a request costs goes with its case, with the day and with itself.
    half = endpoint.skew / np.sqrt(2)
    level = rng.lognormal(0, endpoint.wander / 2, len(days))
    weight = (
        rng.lognormal(-half * half / 2, half, len(cases))[case_of]
        * rng.lognormal(-half * half / 2, half, requests)
        * level[day]
    )
    cost = endpoint.usd_per_request * weight
    if endpoint.incident == "doubling":
        cost = cost * np.where(happens[day], 2.0, 1.0)
    # Some days more fails than on others.
    failing = np.minimum(endpoint.failing * rng.lognormal(0, 0.5, len(days)), 0.5)
    fails = rng.random(requests) < np.where(is_bot, 0.5, failing[day])
    tries = 1 + fails.astype(int)
    if is_storm:  # for one day the provider fails, and six attempts are made
        tries = np.where(at_once[day], 6, tries)
    request_of = np.repeat(np.arange(requests), tries)
    is_last = np.append(request_of[1:] != request_of[:-1], True) if requests else np.zeros(0, bool)
    # A bot does not try again.
    bot_fails = is_bot[request_of] & fails[request_of]
    keep = ~is_bot[request_of] | is_last
    version = (day // endpoint.release_days) if endpoint.release_days else np.zeros(requests, int)
    delay = np.where(rng.random(requests) < world.late, rng.integers(1, 4, requests), 0)
    source = rng.integers(0, len(endpoint.sources), len(cases))[case_of]
    frame: pd.DataFrame = pd.DataFrame(
        {
            "endpoint": number,
            "request": request_of,
            "day": day[request_of],
            "known_day": (day + delay)[request_of],
            "version": version[request_of],
            "tenant": np.where(is_bot, -1, tenant_of[case_of])[request_of],
            "has_workflow": has_workflow[case_of][request_of],
            "source": source[request_of],
            "is_error": ~is_last | bot_fails,
            # An attempt that fails has cost its input.
            "cost": np.where(is_last, cost[request_of], 0.3 * cost[request_of]),
            "tokens": (1000 * weight).astype(int)[request_of] + 200,
        }
    )[keep]
    frame["is_priced"] = rng.random(len(frame)) >= world.unpriced
    frame["corrected_after"] = np.where(
        rng.random(len(frame)) < world.corrected, rng.integers(1, 4, len(frame)), 0
    )
    return frame


def attempts(world: Traffic) -> pd.DataFrame:
    """The attempts of a world."""
    rng = np.random.default_rng((world.seed, 1))
    shares = rng.pareto(world.tenant_skew, world.tenants) + 0.2
    shares /= shares.sum()
    parts = [attempts_of(world, number, shares, rng) for number in range(len(world.endpoints))]
    return pd.concat(parts, ignore_index=True)


def warehouse_of(world: Traffic, demo: Path) -> duckdb.DuckDBPyConnection:
    """A warehouse in memory, of the name that the SQL was compiled for, with a world's attempts.

    Its budgets are those of the demo, of which there are none.
    """
    sent = attempts(world)  # noqa: F841 - read by name
    sources = [list(endpoint.sources) for endpoint in world.endpoints]
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"attach '{demo}' as demo (read_only)")
    connection.execute("attach ':memory:' as llm_costs; use llm_costs")
    for schema in ("reference", "staging", "intermediate", "marts", "run"):
        connection.execute(f"create schema {schema}")
    connection.execute(
        f"""
        create table reference.alert_rules as
        select * from read_csv('{PROJECT / "seeds/reference/alert_rules.csv"}');
        create table intermediate.int_budget_signs as
        from demo.intermediate.int_budget_signs limit 0;
        create table intermediate.int_dates_listed as
        select date '{FIRST}' + day::int as date_day from range({world.days}) as days (day);
        create table intermediate.int_telemetry_reach as select
            date '{FIRST}' as first_date, date '{FIRST}' + {world.days} as last_date,
            (date '{FIRST}' + {world.days})::timestamp as as_of;
        """
    )
    connection.execute(
        """
        create table versions as select
            'r' || endpoint || '.' || request as request_id,
            date '2026-01-05' + day::int as request_date, true as is_reportable,
            'u' || endpoint % $use_cases as use_case,
            'e' || endpoint as endpoint_tag, 'v' || version as prompt_version, 'm' as model,
            case when tenant >= 0 then 't' || tenant end as tenant_id, null::varchar as intent,
            case when has_workflow then 'w' end as workflow_id,
            $sources[endpoint + 1][source + 1] as source_system,
            case when is_error then 'error' else 'success' end as status,
            tokens::bigint as input_tokens, 100::bigint as output_tokens, 'priced' as cost_source,
            case when is_priced then cost::decimal(18, 12) end as cost_usd,
            date '2026-01-05' + known_day::int as known_on, corrected_after::int as corrected_after
        from sent
        """,
        {"use_cases": world.use_cases, "sources": sources},
    )
    connection.execute(
        """
        create table corrected as
        select * exclude (corrected_after) replace (known_on + corrected_after as known_on)
        from versions where corrected_after > 0;
        create table intermediate.int_attempt_changes as
        select * exclude (corrected_after), 1 as sign from versions
        union all
        select *, -1 from corrected
        union all
        select * replace ((cost_usd * 1.1)::decimal(18, 12) as cost_usd), 1 from corrected
        """
    )
    return connection


def judge(connection: duckdb.DuckDBPyConnection, compiled: Compiled) -> None:
    """Run the models one after the other."""
    for model in MODELS:
        schema = "staging" if model.startswith("stg_") else "intermediate"
        connection.execute(f"create table {schema}.{model} as {compiled[model]}")
