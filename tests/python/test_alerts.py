"""Alerts: what the demo planted, what an independent recomputation says, and what arrives later."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, connect, query, run_dbt
from oracle import Settings, TextTieBreaker, load_raw
from oracle.alerts import alert_records, rules_of
from oracle.attempts import build_attempts
from oracle.cases import build_workflows, current_tickets, current_workflow_outcomes
from oracle.raw import split_rejected
from oracle.reference import load_reference
from test_incremental import MODELS, sent, telemetry
from warehouses import contents, different_tables

BuildWarehouse = Callable[..., Path]
EXPECTED = PROJECT / "tests" / "expected" / "planted_incidents.csv"
REFERENCE = PROJECT / "seeds" / "reference"
# Kinds that an incident may be told as.
KINDS = {
    "routing_drift": {"cost_drift"},
    "context_creep": {"context_creep"},
    "abuse_burst": {"failing_burst", "unknown_users"},
    "retry_storm": {"retry_storm"},
    "verbosity": {"cost_drift"},
    "top_k_drift": {"context_creep", "cost_drift"},
    "prompt_regression": {"context_creep", "cost_drift"},
    "tenant_dominance": {"tenant_concentration"},
}
# What happens all at once is known on its first day, what has to be told from noise within four.
AT_ONCE = {"context_creep", "abuse_burst", "retry_storm", "prompt_regression"}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


PLANTED = rows(EXPECTED)
COSTLY = [row for row in PLANTED if row["expected_spike_class"] != "none"]
HARMLESS = [row for row in PLANTED if row["kind"] in ("prompt_improvement", "harmless_release")]


def alerts(warehouse: Path, where: str = "true") -> list[dict[str, Any]]:
    """The alerts that are not of budgets."""
    with connect(warehouse) as connection:
        cursor = connection.execute(
            f"select * from alerts where alert_kind <> 'budget_state' and {where} order by alert_id"
        )
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def day_of(text: str) -> date:
    return date.fromisoformat(text[:10])


def test_the_planted_incidents_are_those_that_cost_more() -> None:
    assert [row["incident_id"] for row in COSTLY] == [
        *("I01", "I02", "I03", "I04", "I06", "I08", "I09", "I10")
    ]
    assert [row["incident_id"] for row in HARMLESS] == ["I05", "I07", "I11", "I12"]


@pytest.mark.parametrize("incident", COSTLY, ids=lambda row: row["incident_id"])
def test_a_planted_incident_is_told_once_and_in_time(
    demo_warehouse: Path, incident: dict[str, str]
) -> None:
    start, end = day_of(incident["starts_at"]), day_of(incident["ends_at"])
    latest = start + timedelta(days=0 if incident["kind"] in AT_ONCE else 4)
    last = max(end, latest)
    of_it = f"endpoint_tag = '{incident['endpoint_tag']}' and suppressed_by is null"
    (alert,) = alerts(demo_warehouse, f"{of_it} and opened_on between '{start}' and '{last}'")
    assert alert["opened_on"] <= latest
    assert alert["opened_at"].date() == alert["opened_on"] + timedelta(days=1)
    assert alert["alert_kind"] in KINDS[incident["kind"]]
    assert (alert["change"], alert["episode_id"]) == ("opened", alert["alert_id"])
    assert alert["spike_class"] == incident["expected_spike_class"]
    for column in ("endpoint_tag", "prompt_version", "model"):
        assert incident[column] in ("", alert[column]), column
    assert incident["tenant_id"] in ("", alert["driver_tenant_id"])
    if incident["user_scope"] == "unknown":
        assert alert["driver_tenant_id"] == "unknown"
    owners = {
        row["tag"]: (row["owner"], row["escalation_path"])
        for row in rows(REFERENCE / "endpoint_taxonomy.csv")
    }
    assert (alert["owner"], alert["escalation_path"]) == owners[incident["endpoint_tag"]]
    assert alert["runbook"] == f"docs/runbooks/{alert['alert_kind']}.md"
    assert alert["impact_usd"] >= 0


def test_a_budget_that_is_spent_is_told_on_its_day(demo_warehouse: Path) -> None:
    spent = [row for row in PLANTED if row["kind"] == "budget_crossed"]
    expected = {(row["description"].split(":")[0], day_of(row["starts_at"])) for row in spent}
    told = query(
        demo_warehouse,
        """
        select budget_id, opened_on from alerts
        where metric = 'usd_actual' and value >= threshold
        """,
    )
    assert len(expected) == 8
    assert set(told) == expected


def test_nothing_else_is_told(demo_warehouse: Path) -> None:
    """Neither quiet weeks, nor what gets cheaper, nor releases that cost nothing."""
    sent = alerts(demo_warehouse, "suppressed_by is null")
    assert len(sent) == len(COSTLY)
    for release in HARMLESS:
        of_it = alerts(demo_warehouse, f"prompt_version = '{release['prompt_version']}'")
        assert not of_it, release["incident_id"]


def test_what_has_the_same_cause_is_kept_and_says_by_what_it_is_told(demo_warehouse: Path) -> None:
    sent = {alert["episode_id"]: alert for alert in alerts(demo_warehouse, "suppressed_by is null")}
    kept = alerts(demo_warehouse, "suppressed_by is not null")
    assert kept
    for alert in kept:
        leader = sent[alert["suppressed_by"]]
        assert leader["opened_on"] <= alert["opened_on"]
        assert leader["endpoint_tag"] == alert["endpoint_tag"]


def test_ids_are_hashes(demo_warehouse: Path) -> None:
    ids = [alert_id for (alert_id,) in query(demo_warehouse, "select alert_id from alerts")]
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in ids)
    assert len(set(ids)) == len(ids)


def expected_alerts() -> list[dict[str, Any]]:
    """The alerts of the demo, again from its raw rows."""
    raw, _ = split_rejected(load_raw(PROJECT / "seeds" / "raw"))
    reference, settings, ties = load_reference(REFERENCE), Settings.from_vars({}), TextTieBreaker()
    attempts, redelivered = build_attempts(raw.llm_requests, reference, settings, ties)
    # The oracle knows what counts now: nothing of the demo counted before and was replaced.
    winners = {attempt.key: attempt for attempt in attempts}
    for one in redelivered:
        assert one.delivery.ingested_at.date() >= winners[one.delivery.key].ingested_at.date()
    definition = reference.outcome_definition(settings.outcome_definition)
    tickets = current_tickets(raw.tickets, ties, reference.ticket_statuses)
    outcomes = current_workflow_outcomes(raw.workflow_outcomes)
    as_of = max(attempt.occurred_at for attempt in attempts)
    # Gives every attempt its workflow.
    build_workflows(attempts, tickets, outcomes, definition, as_of, reference.flow_outcomes)
    rules = rules_of(rows(REFERENCE / "alert_rules.csv"))
    return alert_records(attempts, rules, as_of)


def test_the_demo_alerts_are_what_the_rules_say(demo_warehouse: Path) -> None:
    found = alerts(demo_warehouse)
    keys = ("alert_kind", "scope_type", "scope_value", "opened_on")
    names = {alert["alert_id"]: tuple(alert[key] for key in keys) for alert in found}
    expected = {tuple(one[key] for key in keys): one for one in expected_alerts()}
    assert set(names.values()) == set(expected)
    for alert in found:
        by_rules = expected[names[alert["alert_id"]]]
        alert["episode"] = names[alert["episode_id"]]
        alert["suppressed_by"] = alert["suppressed_by"] and names[alert["suppressed_by"]]
        for column, value in by_rules.items():
            told = alert[column]
            if isinstance(value, float):
                assert told == pytest.approx(value, rel=1e-9), (alert["alert_id"], column)
            else:
                assert told == value, (names[alert["alert_id"]], column)


FIRST, DAYS, SPLIT = date(2026, 3, 2), 56, 44
ROOM = (*MODELS, "+path:models/marts/alerts")
OF_THE_ROOM = (
    "int_usage_days_known",
    "int_request_days_known",
    "int_signal_windows",
    "int_silence_days",
    "int_alerts_told",
)


def deliveries() -> Iterator[tuple[int, str]]:
    """Lines of telemetry, each with the day on which it came.

    On day 40 requests take three times as much, of which on day 46 most is taken back: a
    correction. On day 42 much is late, on day 50 the provider fails.
    """
    rng = random.Random(20260302)  # noqa: S311 - repeatable on purpose
    for day in range(DAYS):
        for tag in ("support.reply", "sales.email_draft"):
            for number in range(rng.randint(14, 22)):
                is_creep = tag == "support.reply" and day in (40, 41)
                request = f"{tag}-{day}-{number}"
                tokens = int(rng.lognormvariate(7, 0.5) * (3 if is_creep else 1))
                late = rng.randint(1, 5) if rng.random() < (0.6 if day == 42 else 0.06) else 0

                def line(came: int, tokens: int, attempt: str = "a", **fields: Any) -> str:
                    return sent(
                        *(request, f"{FIRST + timedelta(days=day)}"),  # noqa: B023
                        f"{FIRST + timedelta(days=came)}",
                        endpointTag=tag,  # noqa: B023
                        attemptId=attempt,
                        inputTokens=tokens,
                        reportedCostUsd=f"{tokens / 1e5:.6f}",
                        tenantId=rng.choice(("northwind", "globex", "initech")),
                        **fields,
                    )

                yield day + late, line(day + late, tokens)
                if is_creep and number % 4:
                    yield 46, line(46, tokens // 3)
                elif rng.random() < 0.05:
                    yield day + late + 3, line(day + late + 3, tokens * 2)
                if day == 50 and tag == "support.reply":
                    for attempt in "bcde":
                        yield day, line(day, tokens, attempt, status="error")


def told_before(warehouse: Path, day: date) -> list[tuple[Any, ...]]:
    return query(
        warehouse,
        f"""
        select columns(*)::varchar from alerts
        where alert_kind <> 'budget_state' and opened_on < '{day}' order by alert_id
        """,
    )


def test_what_was_told_stays_whatever_comes_later(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    lines = [(came, line) for came, line in deliveries() if came < DAYS]
    telemetry(landing, "first.jsonl", [line for came, line in lines if came <= SPLIT])
    warehouse = build_warehouse(landing, arguments=ROOM)
    split = FIRST + timedelta(days=SPLIT)
    before = told_before(warehouse, split)
    kinds = "select distinct alert_kind from alerts where opened_on {} '{}' order by 1"
    assert ("context_creep",) in query(warehouse, kinds.format("<", split))

    telemetry(landing, "rest.jsonl", [line for came, line in lines if came > SPLIT])
    build_warehouse(landing, warehouse=warehouse, arguments=ROOM)
    again = build_warehouse(landing, arguments=ROOM)
    assert told_before(warehouse, split) == before
    assert told_before(again, split) == before
    assert ("retry_storm",) in query(again, kinds.format(">=", split))
    # What was corrected is a request of one version at a time, and no test minds it.
    assert query(again, "select count(*) > 100 from int_attempts_replaced") == [(True,)]
    requests = """
        select request_date, endpoint_tag, sum(requests) from int_request_days_known group by all
        except
        select request_date, endpoint_tag, count(distinct request_id) from fct_attempts group by all
    """
    assert query(again, requests) == []
    of_versions = ("int_attempts_ordered_rules", "int_attempts_priced_key", "alerts_rules")
    run_dbt(["test", "--select", *of_versions], again, tmp_path / "target", landing)
    assert different_tables(warehouse, again) == {}
    for table in OF_THE_ROOM:
        assert contents(warehouse, table) == contents(again, table), table
