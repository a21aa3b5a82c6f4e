"""Data tests look at what a run has touched; a selector leaves out few.

What a test found is looked for again until it is gone, whatever later runs touch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
import yaml
from conftest import PROJECT, Builder, DbtError, invoke_dbt, query, run_dbt

BUILT: Final = ("seed", "model", "test", "unit_test")
SELECTED: Final = (
    *("--select", "+tenant_share", "+attribution_coverage", "+fct_workflows", "+path:models/run"),
    *("--indirect-selection", "buildable"),
)
# A row an event, attempt, request, workflow or case of all history.
GROWING: Final = (
    *("stg_telemetry__llm_requests", "stg_helpdesk__tickets", "int_deliveries_validated"),
    *("int_deliveries_repeated", "int_attempts_attributed", "fct_attempts", "fct_requests"),
    *("redeliveries", "run_request_dates", "int_tickets_current", "fct_tickets", "fct_workflows"),
    *("int_workflow_outcomes_current", "int_stage_sequences", "int_handoff_steps"),
    *("int_thread_days", "int_user_endpoint_days", "int_workflow_days", "int_workflow_stage_days"),
)

LOOKING_UP: Final = {
    *("fct_attempts_reportable_workflows_exist", "fct_tickets_with_attempts_are_workflows"),
    "redeliveries_attempts_exist",
}


def options(folder: Path) -> list[str]:
    return [
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"),
        *("--target-path", str(folder), "--log-path", str(folder), "--log-level-file", "none"),
    ]


def left_out() -> set[str]:
    (daily,) = yaml.safe_load((PROJECT / "selectors.yml").read_text(encoding="utf-8"))["selectors"]
    return {test["value"] for test in daily["definition"]["union"][1]["exclude"]}


def test_a_daily_build_leaves_out_the_tests_that_are_named_and_no_more(tmp_path: Path) -> None:
    manifest = invoke_dbt(["parse", *options(tmp_path)])
    every: dict[str, Any] = {**manifest.nodes, **manifest.unit_tests}
    nodes = {name: node for name, node in every.items() if node.resource_type in BUILT}
    listed = ["ls", "--selector", "daily", "--output", "json", "--output-keys", "unique_id"]
    listed += options(tmp_path)
    selected = {json.loads(line)["unique_id"] for line in invoke_dbt(listed, manifest)}
    missing = [every[name] for name in nodes.keys() - selected]
    assert {node.name for node in missing} == left_out()
    assert {node.resource_type for node in missing} == {"test"}


def event(number: int, day: str, **fields: Any) -> str:
    return json.dumps(
        {
            "externalRequestId": f"{day}-{number}",
            "occurredAt": f"{day}T{number % 24:02}:00:00Z",
            "ingestedAt": f"{day}T23:59:00Z",
            **{"provider": "openai", "model": "gpt-4.1", "endpointTag": "support.reply"},
            **{"userId": f"u{number}", "tenantId": "acme", "ticketId": f"{day}-T{number % 3}"},
            **{"dataMode": "real", "environment": "prod", "status": "success"},
            **{"inputTokens": 1000, "outputTokens": 100, "turnIndex": 1, "stage": "reply"},
            **fields,
        }
    )


def arrive(landing: Path, day: str, **fields: Any) -> None:
    file = landing / "llm_requests" / f"{len(list(landing.rglob('*.jsonl')))}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(event(n, day, **fields) + "\n" for n in range(9)), encoding="utf-8")


def change(warehouse: Path, *statements: str) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landing")
    for day in ("2026-01-05", "2026-03-03", "2026-03-10", "2026-03-11"):
        arrive(folder, day)
    return folder


@pytest.fixture(scope="module")
def build(build_warehouse: Builder, landing: Path) -> Callable[[], Path]:
    """A function that builds the next day into one warehouse, with the data tests of its models."""
    built: list[Path] = []

    def next_day() -> Path:
        options = {"data_tests": True, "arguments": SELECTED}
        built.append(build_warehouse(landing, warehouse=built[0] if built else None, **options))
        return built[0]

    return next_day


@pytest.fixture(scope="module")
def history(build: Callable[[], Path]) -> Path:
    return build()


def failures(build: Callable[[], Path]) -> set[str]:
    with pytest.raises(DbtError) as failed:
        build()
    return set(re.findall(r"FAIL \d+ (\w+)", str(failed.value)))


def test_what_is_lost_in_what_a_run_touches_is_found_until_it_is_back(
    build: Callable[[], Path], landing: Path, history: Path, dbt_target: Path
) -> None:
    # Of a day that the next run does not rebuild, in a month that it reports again.
    lost = "intermediate.int_tenant_days where request_date = date '2026-03-03'"
    change(history, f"create table kept as from {lost}", f"delete from {lost}")
    arrive(landing, "2026-03-11", attemptId="another")
    assert failures(build) == {"assert_reportable_spend_is_conserved"}
    # A run that touches nothing.
    assert failures(build) == {"assert_reportable_spend_is_conserved"}
    # A test that is no longer there cannot pass.
    gone = "insert into run.failed_tests values ('test.llm_costs.gone.a1b2')"
    change(history, "insert into intermediate.int_tenant_days from kept", gone)
    arrive(landing, "2026-03-12")
    build()
    assert query(history, "from run.failed_tests") == []

    # What no run touches is found by the tests alone, which look at all of history.
    change(history, "delete from marts.fct_tickets where ticket_id = '2026-01-05-T1'")
    build()
    with pytest.raises(DbtError, match="assert_cases_hold_their_lifetime_cost"):
        run_dbt(
            ["test", "--select", "assert_cases_hold_their_lifetime_cost"],
            history,
            dbt_target,
            landing,
        )


def test_a_row_that_should_have_left_is_found(
    build: Callable[[], Path], landing: Path, history: Path
) -> None:
    """Also where it lies before the date that storage skips to."""
    change(
        history,
        "delete from run.failed_tests",
        """
        insert into marts.fct_workflows
        select * replace (timestamp '2025-01-01' as started_at) from marts.fct_workflows
        where workflow_id = '2026-03-10-T1'
        """,
    )
    arrive(landing, "2026-03-10", attemptId="another")
    assert "unique_fct_workflows_workflow_id" in failures(build)


def test_a_run_that_lacks_what_it_is_planned_by_says_what_to_build(
    build_warehouse: Callable[..., Path], tmp_path: Path
) -> None:
    """The planner compares with models that the selection of both runs leaves out."""
    landing = tmp_path / "landing"
    only = ("--select", "+fct_attempts", "--indirect-selection", "empty")
    arrive(landing, "2026-03-02")
    warehouse = build_warehouse(landing, arguments=only)
    arrive(landing, "2026-03-03")
    with pytest.raises(DbtError, match=r"`\w+`, by which it is planned, .*--full-refresh"):
        build_warehouse(landing, warehouse=warehouse, arguments=only)


def test_every_test_of_what_grows_looks_at_what_the_run_has_touched(
    history: Path, landing: Path, tmp_path: Path
) -> None:
    # What the losses planted by other tests have left: a test that failed looks at all of history.
    change(history, "delete from run.failed_tests")
    run_dbt(["compile"], history, tmp_path, landing)
    manifest = invoke_dbt(["parse", *options(tmp_path)])
    growing = {f"model.llm_costs.{name}" for name in GROWING}
    assert growing <= manifest.nodes.keys()
    compiled = {
        file.stem: file.read_text(encoding="utf-8")
        for file in (tmp_path / "compiled").rglob("*.sql")
    }
    whole = {
        node.name
        for node in manifest.nodes.values()
        if node.resource_type == "test"
        and growing & set(node.depends_on.nodes)
        and '"run"."run_' not in compiled[node.name]
    }
    # Of those that look up keys, one side is what the run has touched.
    assert whole == left_out() - LOOKING_UP
