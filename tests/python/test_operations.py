"""The marts of operations, recomputed independently, and what was planted in the demo."""

from __future__ import annotations

import csv
import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from compare import WarehouseTies
from conftest import PROJECT, connect, query
from oracle import Settings, load_raw
from oracle import operations as again
from oracle.attempts import Attempt, build_attempts
from oracle.cases import (
    Workflow,
    build_workflows,
    current_tickets,
    current_workflow_outcomes,
)
from oracle.fields import parse_time
from oracle.raw import split_rejected
from oracle.reference import Reference, load_reference
from worlds import sample_worlds, write_landing

BuildWarehouse = Callable[..., Path]
REFERENCE = PROJECT / "seeds" / "reference"


@dataclass
class Told:
    """What the raw files tell: reportable attempts, and what became of workflows."""

    attempts: list[Attempt]
    workflows: dict[str, Workflow]
    reference: Reference
    limits: again.Limits


def read_raw(
    source: Path, connection: duckdb.DuckDBPyConnection, variables: Mapping[str, Any]
) -> Told:
    reference, settings = load_reference(REFERENCE), Settings.from_vars(variables)
    ties = WarehouseTies(connection)
    accepted, _ = split_rejected(load_raw(source))
    attempts, _ = build_attempts(accepted.llm_requests, reference, settings, ties)
    tickets = current_tickets(accepted.tickets, ties, reference.ticket_statuses)
    times = [attempt.occurred_at for attempt in attempts] or [
        moment for row in accepted.tickets if (moment := parse_time(row.get("updated_at")))
    ]
    workflows, _ = build_workflows(
        attempts,
        tickets,
        current_workflow_outcomes(accepted.workflow_outcomes),
        reference.outcome_definition(settings.outcome_definition),
        settings.as_of or max(times, default=None),
        reference.flow_outcomes,
    )
    return Told(
        [attempt for attempt in attempts if attempt.is_reportable],
        workflows,
        reference,
        again.load_limits(REFERENCE),
    )


def same(expected: object, found: object) -> bool:
    """Exact, but for floats."""
    if isinstance(expected, float) or isinstance(found, float):
        return (
            isinstance(expected, (int, float))
            and isinstance(found, (int, float))
            and math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-12)
        )
    return expected == found and (expected is None) == (found is None)


def compare(
    name: str,
    keys: Sequence[str],
    expected: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> list[str]:
    """Every column of every row, in both directions."""
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    ours = {tuple(row[key] for key in keys): row for row in expected}
    theirs = {tuple(row[key] for key in keys): row for row in found}
    assert len(ours) == len(expected), f"{name}: keys repeat in the recomputation"
    problems = (
        [f"{name}: {len(found) - len(theirs)} repeated keys"] if len(theirs) < len(found) else []
    )
    problems += [f"{name}: {key} only by the rules" for key in ours.keys() - theirs.keys()]
    problems += [f"{name}: {key} only in the warehouse" for key in theirs.keys() - ours.keys()]
    if expected:
        assert set(columns) == set(expected[0]), set(columns) ^ set(expected[0])
    for key in ours.keys() & theirs.keys():
        problems += [
            f"{name}: {key} {column}: {ours[key][column]} by the rules, {theirs[key][column]} found"
            for column in columns
            if not same(ours[key][column], theirs[key][column])
        ]
    return problems


def problems_of(source: Path, warehouse: Path, variables: Mapping[str, Any]) -> list[str]:
    """Where the marts differ from the recomputation."""
    known = {one.name for one in fields(again.BurstSettings)}
    settings = again.BurstSettings(**{k: v for k, v in variables.items() if k in known})
    with connect(warehouse) as connection:
        told = read_raw(source, connection, variables)
        attempts, reference, limits = told.attempts, told.reference, told.limits
        workflows = list(told.workflows.values())
        successes = {one.workflow_id: one.is_success for one in workflows}
        found: list[str] = []
        for name, keys, expected in (
            (
                "endpoint_economics",
                again.ECONOMICS_KEYS,
                again.endpoint_economics(attempts, reference, limits),
            ),
            ("endpoint_percentiles", again.PERCENTILE_KEYS, again.endpoint_percentiles(attempts)),
            (
                "model_tier_breaches",
                again.TIER_KEYS,
                again.model_tier_breaches(attempts, reference, limits),
            ),
            (
                "cost_per_successful_workflow",
                again.ENDPOINT_KEYS,
                again.cost_per_successful_workflow(attempts, successes, limits),
            ),
            (
                "use_case_economics",
                again.FLOW_KEYS,
                again.use_case_economics(workflows, reference),
            ),
            ("use_case_stages", again.STAGE_KEYS, again.use_case_stages(workflows, reference)),
            ("endpoint_hours", again.HOUR_KEYS, again.endpoint_hours(attempts)),
            ("request_bursts", again.BURST_KEYS, again.request_bursts(attempts, settings)),
        ):
            result = connection.execute(f"select * from {name}")
            columns = [column[0] for column in result.description or []]
            found += compare(name, keys, expected, columns, result.fetchall())
    return found


def test_demo_company_is_what_the_rules_say(demo_warehouse: Path) -> None:
    found = problems_of(PROJECT / "seeds" / "raw", demo_warehouse, {})
    assert not found, "\n".join(found[:20])


# Small worlds have a few rows on a few days: any traffic above nothing is a burst there.
# What these tests read, and what it is made of.
MARTS = (
    "endpoint_economics", "endpoint_percentiles", "model_tier_breaches", "endpoint_hours",
    "cost_per_successful_workflow", "request_bursts", "use_case_economics", "use_case_stages",
)  # fmt: skip
ONLY = ("--select", *(f"+{mart}" for mart in MARTS))
SENSITIVE = {
    "burst_baseline_days": 8,
    "burst_min_requests": 1,
    "burst_min_retries": 1,
    "burst_min_ratio": 1.5,
    "burst_min_failure_rise": 0.25,
}


@pytest.mark.parametrize(
    "number", [201, *(pytest.param(number, marks=pytest.mark.long) for number in range(202, 212))]
)
def test_small_worlds_are_what_the_rules_say(
    build_warehouse: BuildWarehouse, tmp_path: Path, number: int
) -> None:
    world = sample_worlds(REFERENCE, 1, number)[0]
    variables = world.variables | SENSITIVE
    landing = write_landing(world, tmp_path / "landing", seed=number)
    warehouse = build_warehouse(landing, arguments=ONLY, **variables)
    found = problems_of(landing, warehouse, variables)
    assert not found, f"world {number}: " + "\n".join(found[:20])


def event(request: str, number: int, at: datetime, **others: object) -> dict[str, object]:
    return {
        "externalRequestId": request,
        "attemptNumber": number,
        "occurredAt": at.isoformat(),
        "provider": "openai",
        "model": "gpt-5.6-luna",
        "endpointTag": "support.reply",
        "promptVersion": "v1",
        "tenantId": "acme",
        "status": "success",
        "dataMode": "real",
        "environment": "prod",
        "inputTokens": 1000,
        "outputTokens": 100,
        **others,
    }


def write_events(landing: Path, events: Sequence[Mapping[str, object]]) -> Path:
    folder = landing / "llm_requests"
    folder.mkdir(parents=True)
    lines = [json.dumps(one) + "\n" for one in events]
    (folder / "events.jsonl").write_text("".join(lines), encoding="utf-8")
    return landing


def busy_weeks(seed: int) -> list[dict[str, object]]:
    """Six weeks of two endpoints by the hour, with bursts of every kind at random."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    start = datetime(2026, 3, 2)  # noqa: DTZ001
    events: list[dict[str, object]] = []
    for hour in range(0, 42 * 24, 2):
        for tag, usual in (("support.reply", 4), ("docs.summarize", 2)):
            trouble = dice.random()
            busy, failing, storm, strange = 1, 0.03, 0, 0.05
            if trouble < 0.02:
                busy, failing = dice.randint(2, 6), dice.choice((0.05, 0.2, 0.5))
            elif trouble < 0.04:
                storm, failing = dice.randint(1, 5), 0.3
            elif trouble < 0.06:
                busy, strange = dice.randint(1, 5), 0.9
            for _ in range(dice.randint(0, usual) * busy):
                at = start + timedelta(hours=hour, seconds=dice.randint(0, 3599))
                request = f"r{len(events)}"
                provider = dice.choice(("openai", "openai", "google"))
                tenant = None if dice.random() < strange else "acme"
                for number in range(1, 2 + dice.randint(0, storm)):
                    events.append(
                        event(
                            request,
                            number,
                            at + timedelta(seconds=number * dice.randint(1, 900)),
                            endpointTag=tag,
                            provider=provider,
                            tenantId=tenant,
                            status="error" if dice.random() < failing + storm / 8 else "success",
                            inputTokens=dice.choice((None, dice.randint(1, 5000))),
                        )
                    )
    return events


def test_random_bursts_are_what_the_rules_say(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    landing = write_events(tmp_path / "landing", busy_weeks(1))
    variables = {
        "burst_baseline_days": 14,
        "burst_min_requests": 6,
        "burst_min_retries": 4,
        "burst_min_failure_rise": 0.08,
    }
    warehouse = build_warehouse(landing, arguments=ONLY, **variables)
    found = problems_of(landing, warehouse, variables)
    assert not found, "\n".join(found[:20])
    kinds = query(
        warehouse, "select burst_kind, count(*) > 1 from request_bursts group by all order by 1"
    )
    assert kinds == [("failing_requests", True), ("retry_storm", True), ("unknown_users", True)]


def test_no_traffic_is_no_rows(build_warehouse: BuildWarehouse, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    warehouse = build_warehouse(landing, arguments=ONLY)
    for mart in MARTS:
        assert query(warehouse, f"select count(*) from {mart}") == [(0,)]


def test_one_request_of_which_nothing_is_known_is_counted_and_costs_nothing_known(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    bare = {
        "occurredAt": "2026-03-02T10:00:00Z",
        "dataMode": "real",
        "environment": "prod",
        "ticketId": "T-1",
    }
    landing = write_events(tmp_path / "landing", [bare])
    warehouse = build_warehouse(landing, arguments=ONLY, burst_min_requests=1)
    assert not problems_of(landing, warehouse, {"burst_min_requests": 1})
    found = query(
        warehouse,
        """
        select endpoint_tag, model, prompt_version, requests, successful_requests, cost_usd,
            unpriced_attempts, cost_per_request_usd, waste_share, input_tokens_per_request
        from endpoint_economics where period_grain = 'week'
        """,
    )
    assert found == [("unknown", "unknown", "unknown", 1, 0, None, 1, None, None, None)]
    assert query(
        warehouse, "select requests, tokens_p95, cost_p95_usd from endpoint_percentiles limit 1"
    ) == [(1, None, None)]


def planted(incident: str) -> dict[str, Any]:
    path = PROJECT / "tests" / "expected" / "planted_incidents.csv"
    with path.open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["incident_id"] == incident)
    at = {
        name: datetime.fromisoformat(row[name]).replace(tzinfo=None)
        for name in ("starts_at", "ends_at")
    }
    return {**row, **at}


def test_planted_bursts_are_found_from_their_first_hour_and_nothing_else_is(
    demo_warehouse: Path,
) -> None:
    abuse, storm = planted("I03"), planted("I04")
    found = query(
        demo_warehouse,
        """
        select burst_kind, endpoint_tag, started_at, ended_at, failing_provider
        from request_bursts order by started_at, burst_kind
        """,
    )
    night = (abuse["endpoint_tag"], abuse["starts_at"], abuse["ends_at"], "openai")
    outage = (storm["endpoint_tag"], storm["starts_at"], storm["ends_at"], "openai")
    assert found == [
        ("failing_requests", *night),
        ("unknown_users", *night),
        ("retry_storm", *outage),
    ]


def test_planted_abuse_is_the_unknown_users(demo_warehouse: Path) -> None:
    ((requests, ratio),) = query(
        demo_warehouse,
        """
        select unknown_user_requests, success_ratio from request_bursts
        where burst_kind = 'unknown_users'
        """,
    )
    assert requests == int(float(planted("I03")["magnitude"]))
    assert 0.4 < ratio < 0.6


def test_planted_routing_drift_is_the_week_of_most_tier_breaches(demo_warehouse: Path) -> None:
    drift = planted("I01")
    weeks = query(
        demo_warehouse,
        """
        select period_start, sum(attempts) as breaches from model_tier_breaches
        where period_grain = 'week' and judged_by = 'intent'
        group by period_start order by breaches desc
        """,
    )
    assert weeks[0][0] == drift["starts_at"].date()
    assert weeks[0][1] > 3 * weeks[1][1]
    (share,) = query(
        demo_warehouse,
        f"""
        select sum(attempts) / sum(judged_attempts) from model_tier_breaches
        where period_grain = 'week' and endpoint_tag = '{drift["endpoint_tag"]}'
            and model = '{drift["model"]}' and period_start = date '{drift["starts_at"].date()}'
        """,
    )[0]
    assert abs(share - float(drift["magnitude"])) < 0.1


def test_planted_verbosity_breaches_the_output_cap(demo_warehouse: Path) -> None:
    verbose = planted("I06")
    found = query(
        demo_warehouse,
        f"""
        select period_start, sum(output_cap_breaches) / sum(output_capped_attempts)
        from endpoint_economics
        where period_grain = 'week' and endpoint_tag = '{verbose["endpoint_tag"]}'
        group by period_start order by 2 desc
        """,
    )
    assert found[0][0] == verbose["starts_at"].date()
    assert found[0][1] > 0.9
    assert found[1][1] < 0.1
