"""Incidents and guardrails: the demo's register, every metric again, a register that changes."""

from __future__ import annotations

import csv
import math
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, connect, query, run_dbt
from oracle import guardrails as again
from test_incremental import copy_of_the_project
from test_operations import read_raw

REFERENCE = PROJECT / "seeds" / "reference"
EXPECTED = PROJECT / "tests" / "expected"
REGISTER = ("incident_alerts", "incident_register", "guardrail_register", "governance_findings")
# What the demo's register leaves undone, to be seen.
LEFT = {
    ("closed_without_guardrail", "INC-5"),
    ("action_overdue", "reply_release_gate"),
}
# Every metric, each with a scope that it has; the limits part the weeks of the demo.
GUARDRAILS = (
    "g1,cost_per_request,workspace,all,at_most,0.009",
    "g2,cost_per_request,endpoint,rag.answer,at_most,0.0240",
    "g3,cost_per_request,prompt_version,support.reply / reply_v12,at_most,0.0100",
    "g4,input_tokens_per_request,use_case,documents,at_most,7100",
    "g5,output_tokens_per_request,endpoint,support.reply,at_most,200",
    "g6,retry_ratio,workspace,all,at_most,0.04",
    "g7,error_ratio,endpoint,support.reply,at_most,0.02",
    "g8,output_cap_breach_share,endpoint,docs.summarize,at_most,0.01",
    "g9,over_tier_share,endpoint,support.reply,at_most,0.004",
    "g10,over_tier_share,workspace,all,at_most,0.02",
    "g11,unknown_user_share,workspace,all,at_most,0.03",
    "g12,tenant_share,tenant,northwind,at_most,0.20",
    "g13,tenant_share,tenant,nobody,at_most,0.20",
    "g14,unpriced_share,workspace,all,at_most,0.002",
    "g15,unattributed_share,workspace,all,at_most,0.01",
    "g16,unattributed_share,use_case,support,at_most,0.01",
    "g17,cost_per_request,endpoint,sales.crm_followup,at_least,0.001",
    "g18,cost_per_request,workspace,all,at_least,0.0102",
)
READY = (
    "r1,cost_per_resolved,workspace,all,at_most,0.06",
    "r2,reopen_rate,workspace,all,at_most,0.05",
    "r3,satisfaction,tenant,northwind,at_least,4.2",
    "r4,budget_use,budget,code_weekly,at_most,0.9",
    "r5,budget_use,budget,workspace_tokens,at_most,0.9",
)


def planted() -> list[dict[str, str]]:
    with (EXPECTED / "planted_incidents.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def records(warehouse: Path, sql: str) -> list[dict[str, Any]]:
    with connect(warehouse) as connection:
        answer = connection.execute(sql)
        columns = [column[0] for column in answer.description or []]
        return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]


def test_every_planted_spike_has_its_incident(demo_warehouse: Path) -> None:
    register = records(demo_warehouse, "select * from incident_register")
    spikes = [row for row in planted() if row["expected_spike_class"] != "none"]
    assert len(spikes) > 6
    for spike in spikes:
        led = [
            incident
            for incident in register
            if (incident["scope_value"], incident["spike_class"])
            == (spike["endpoint_tag"], spike["expected_spike_class"])
        ]
        assert len(led) == 1, spike["incident_id"]
        started, closed = led[0]["started_on"], led[0]["closed_on"] or date.max
        began = date.fromisoformat(spike["starts_at"][:10])
        assert started <= began <= closed
        assert led[0]["alerts"] > 0, spike["incident_id"]


def test_the_findings_of_the_demo_are_those_that_were_left(demo_warehouse: Path) -> None:
    found = query(demo_warehouse, "select finding_kind, subject_id from governance_findings")
    of_alerts = {kind for kind, _ in found if kind.startswith("alert_")}
    assert {pair for pair in found if not pair[0].startswith("alert_")} == LEFT
    assert of_alerts == {"alert_without_incident"}


def alert_problems(warehouse: Path, folder: Path) -> list[str]:
    """Whose alerts are whose, again, by plain loops over the register."""
    incidents = again.rows_of(folder, "incidents")
    ((as_of,),) = query(warehouse, "select as_of from int_as_of")
    found = dict(query(warehouse, "select alert_id, incident_id from incident_alerts"))
    alerts = records(warehouse, "select * from alerts")
    assert len(found) == len(alerts) > 0
    return [
        f"{alert['alert_id']}: {expected} by the rules, {found[alert['alert_id']]} found"
        for alert in alerts
        if (expected := again.incident_of(alert, incidents, as_of)) != found[alert["alert_id"]]
    ]


def guardrail_problems(warehouse: Path, folder: Path, names: set[str]) -> list[str]:
    """Where guardrails differ from the same numbers, added up from the raw files."""
    raw = PROJECT / "seeds" / "raw"
    with connect(warehouse) as connection:
        read = read_raw(raw, connection, {})
    ((as_of, first_day),) = query(
        warehouse,
        "select as_of, (select min(period_start) from dim_periods where period_grain = 'day')"
        " from int_as_of",
    )
    told = again.Told(read.attempts, read.reference, read.limits, first_day, as_of)
    seed = [row for row in again.rows_of(folder, "guardrails") if row["guardrail_id"] in names]
    expected = {
        (row["guardrail_id"], row["period_start"]): row
        for row in again.guardrail_status(seed, told)
    }
    found = {
        (row["guardrail_id"], row["period_start"]): row
        for row in records(warehouse, "select * from guardrail_status")
        if row["guardrail_id"] in names
    }
    assert expected.keys() == found.keys()
    return [
        f"{key} {column}: {ours[column]} by the rules, {found[key][column]} found"
        for key, ours in expected.items()
        for column in ours
        if not same(ours[column], found[key][column])
    ]


def same(expected: Any, found: Any) -> bool:
    if isinstance(expected, float) and found is not None:
        return math.isclose(expected, float(found), rel_tol=1e-12, abs_tol=1e-9)
    return bool(expected == found)


def test_the_register_of_the_demo_is_what_the_rules_say(demo_warehouse: Path) -> None:
    names = {str(row["guardrail_id"]) for row in again.rows_of(REFERENCE, "guardrails")}
    problems = alert_problems(demo_warehouse, REFERENCE)
    problems += guardrail_problems(demo_warehouse, REFERENCE, names)
    assert not problems, "\n".join(problems[:20])


def write_seed(project: Path, seed: str, lines: list[str]) -> None:
    file = project / "seeds" / "reference" / f"{seed}.csv"
    header = file.read_text(encoding="utf-8").splitlines()[0]
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def changed(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The demo's warehouse after a run with another register, and its project: no new build."""
    folder = tmp_path_factory.mktemp("register")
    project = copy_of_the_project(folder / "project")
    warehouse = Path(shutil.copy(demo_warehouse, folder / "llm_costs.duckdb"))
    rest = ",2026-07-06,kim,,,"
    write_seed(project, "guardrails", [f"{row}{rest}" for row in (*GUARDRAILS, *READY)])
    write_seed(
        project,
        "incidents",
        [
            "I-1,,endpoint,support.reply,2026-08-10,volume,kim and sam,#one,off,,,,2026-08-20,",
            "I-2,,endpoint,support.reply,2026-08-11,,kim,#two,,,,,,g1",
            "I-3,,workspace,all,2026-10-26,,kim,#three,,,,,,",
        ],
    )
    select = ("incidents+", "guardrails+")
    kinds = ("--exclude-resource-type", "unit_test")
    run_dbt(["build", *kinds, "-s", *select], warehouse, project / "target", None, project)
    return warehouse, project / "seeds" / "reference"


def test_a_changed_register_is_taken_in_by_the_next_run(changed: tuple[Path, Path]) -> None:
    warehouse, folder = changed
    register = dict(query(warehouse, "select incident_id, alerts from incident_register"))
    # What begins after as_of has not begun; the earlier incident takes what both cover.
    assert register.keys() == {"I-1", "I-2"}
    assert min(register.values()) > 0
    found = query(warehouse, "select finding_kind, subject_id from governance_findings")
    by_subject = {kind for kind, subject in found if subject == "I-1"}
    assert by_subject == {
        *("incident_without_one_owner", "incident_class_contradicted"),
        *("closed_without_driver", "closed_without_guardrail"),
    }
    kinds = Counter(kind for kind, _ in found)
    assert kinds["alert_of_two_incidents"] > 0
    assert kinds["guardrail_broken"] > 0
    assert not alert_problems(warehouse, folder)


def test_every_metric_of_a_guardrail_is_what_the_rules_say(changed: tuple[Path, Path]) -> None:
    warehouse, folder = changed
    names = {row.split(",")[0] for row in GUARDRAILS}
    problems = guardrail_problems(warehouse, folder, names)
    assert not problems, "\n".join(problems[:20])
    judged = query(
        warehouse,
        "select holds, reason, count(*) from guardrail_status group by all order by all",
    )
    assert {(holds, reason) for holds, reason, _ in judged} >= {
        *((True, None), (False, None), (None, "week_not_over"), (None, "no_value")),
        *((None, "not_counted"), (None, "not_mature")),
    }


def test_numbers_that_marts_judge_themselves_are_those_of_the_marts(
    changed: tuple[Path, Path],
) -> None:
    warehouse, _ = changed
    different = query(
        warehouse,
        """
        with shown as (
            select 'r1' as guardrail_id, period_start, metric_value as value from week_on_week
            where segment_type = 'all' and metric = 'cost_per_resolved'
            union all
            select 'r2', period_start, metric_value from week_on_week
            where segment_type = 'all' and metric = 'reopen_rate'
            union all
            select 'r3', period_start, metric_value from week_on_week
            where segment_value = 'northwind' and metric = 'satisfaction'
            union all
            select 'r4', date_trunc('week', status_date), max(actual_usd / amount_usd)
            from budget_status where budget_id = 'code_weekly' group by all
            union all
            select 'r5', date_trunc('week', status_date), max(actual_tokens / amount_tokens)
            from budget_status where budget_id = 'workspace_tokens' group by all
        )
        select status.guardrail_id, status.period_start, status.value, shown.value
        from guardrail_status as status left join shown using (guardrail_id, period_start)
        where status.guardrail_id like 'r%' and (
            (status.value is null) <> (shown.value is null)
            or abs(status.value - shown.value) > 1e-9
        )
        """,
    )
    assert different == []


def test_every_metric_is_held_to_a_limit_here(changed: tuple[Path, Path]) -> None:
    warehouse, _ = changed
    document = (PROJECT / "docs" / "connect_your_data.md").read_text(encoding="utf-8")
    metrics = {metric for (metric,) in query(warehouse, "select metric from guardrail_register")}
    listed = {
        line.split("|")[1].strip()
        for line in document.partition("| metric | ")[2].partition("\n\n")[0].splitlines()[2:]
    }
    assert metrics <= listed
    assert listed - metrics == {"deflection_rate", "fully_automated_share"}
