"""Threads, retrieval, tools, stages and hand-offs against a recomputation and the planted truth."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from compare import WarehouseTies
from conftest import PROJECT, connect, query
from oracle import load_raw
from oracle.threads import recompute_threads
from worlds import World, sample_worlds, write_landing

BuildWarehouse = Callable[..., Path]
REFERENCE = PROJECT / "seeds" / "reference"
PERIOD = ("period_grain", "period_start")
KEYS = {
    "thread_growth": (*PERIOD, "endpoint_tag"),
    "longest_threads": ("period_start", "use_case", "token_rank"),
    "retrieval_configurations": (*PERIOD, "endpoint_tag", "prompt_version", "retrieval_config"),
    "retrieval_drift": ("period_start", "endpoint_tag"),
    "tool_calls": (*PERIOD, "endpoint_tag", "tool_name"),
    "stage_transitions": (*PERIOD, "use_case", "previous_stage", "stage"),
    "stage_costs": (*PERIOD, "endpoint_tag", "stage"),
    "handoff_cost": (*PERIOD, "automation_class", "queue", "intent"),
}
ONLY = ("--select", *(f"+{mart}" for mart in KEYS))
# Small worlds have findings only where little is enough.
LOW = {
    "history_cap_tokens": {
        "default": 300,
        "support.reply": 1000,
        "rag.answer": None,
        "model_tier:standard": 600,
        "plan:growth": 200,
    },
    "history_summary_tokens": 20,
    "retrieval_min_requests": 1,
    "stage_request_limit": 1,
    "stage_retry_limit": 0,
}


def project_variables() -> dict[str, Any]:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    variables: dict[str, Any] = project["vars"]
    return variables


def equal(expected: object, found: object) -> bool:
    if expected is None or found is None:
        return expected is None and found is None
    if isinstance(expected, float) and isinstance(found, float):
        return math.isclose(expected, found, rel_tol=1e-7, abs_tol=1e-7)
    if isinstance(found, datetime) and isinstance(expected, date):
        return found.date() == expected
    return bool(expected == found) and isinstance(expected, Decimal) == isinstance(found, Decimal)


def differences(source: Path, warehouse: Path, variables: Mapping[str, Any]) -> list[str]:
    """Where the marts differ from what the rules say, in both directions."""
    options = {**project_variables(), **variables}
    lines: list[str] = []
    with connect(warehouse) as connection:
        ties = WarehouseTies(connection)
        expected = recompute_threads(load_raw(source), REFERENCE, options, ties)
        for name, keys in KEYS.items():
            cursor = connection.execute(f"select * from {name}")
            columns = [column[0] for column in cursor.description or []]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            ours = {tuple(row[key] for key in keys): row for row in expected[name]}
            theirs = {tuple(row[key] for key in keys): row for row in rows}
            for key in sorted({*ours, *theirs}, key=repr):
                if key not in ours or key not in theirs:
                    lines.append(f"{name} {key}: {'not ' * (key not in theirs)}in the warehouse")
                    continue
                lines += [
                    f"{name} {key} {column}: {value} by the rules, {theirs[key][column]} found"
                    for column, value in ours[key].items()
                    if column != "evidence" and not equal(value, theirs[key][column])
                ]
    return lines


def with_threads(world: World) -> World:
    """The world with turns, tools, retrieval and stages; deliveries of an attempt stay alike."""
    for row in world.llm_requests:
        if row.get("endpoint_tag") is None and row.get("provider") is None:
            continue
        names = ("external_request_id", "attempt_id", "attempt_number", "occurred_at")
        dice = random.Random(repr([row.get(name) for name in names]))  # noqa: S311 - repeatable
        row["turn_index"] = dice.choice((None, "0", "1", "2", "2", "3", "5", "9", "20000", "-1"))
        row["stage"] = dice.choice((None, "draft", "answer", "score"))
        if dice.random() < 0.6:
            row["tool_name"] = dice.choice(("lookup", "search"))
            row["tool_input_hash"] = dice.choice((None, "h1", "h1", "h2"))
            row["tool_output_tokens"] = dice.choice((None, "0", "40", "300"))
        if dice.random() < 0.6:
            row["retrieval_config"] = dice.choice((None, "narrow", "wide"))
            row["retrieval_top_k"] = dice.choice((None, "0", "8", "24"))
            row["retrieved_chunks"] = dice.choice((None, "0", "5", "20"))
            row["retrieval_hit"] = dice.choice((None, "true", "false"))
        if dice.random() < 0.7:
            row |= {"data_mode": "real", "environment": "prod"}
        if dice.random() < 0.7:
            # Few workflows, so that they have sequences.
            row |= {"ticket_id": dice.choice(("T-1", "T-2")), "conversation_id": None}
    for row in world.tickets:
        dice = random.Random(repr([row.get("ticket_id"), row.get("opened_at")]))  # noqa: S311
        row["first_human_reply_at"] = dice.choice((None, row.get("opened_at")))
        if dice.random() < 0.6:
            row |= {"bot_public_replies": dice.choice(("0", "2")), "human_public_replies": "1"}
            row["merged_into_ticket_id"] = None
    return world


def build_world(
    build_warehouse: BuildWarehouse,
    folder: Path,
    number: int,
) -> tuple[Path, Path, dict[str, Any]]:
    world = with_threads(sample_worlds(REFERENCE, 1, number)[0])
    variables = {**world.variables, **LOW}
    landing = write_landing(world, folder / f"world_{number}", seed=number)
    return landing, build_warehouse(landing, arguments=ONLY, **variables), variables


def test_demo_company_is_what_the_rules_say(demo_warehouse: Path) -> None:
    found = differences(PROJECT / "seeds" / "raw", demo_warehouse, {})
    assert not found, "\n".join(found[:40])


@pytest.mark.parametrize("number", [1])
def test_small_worlds_are_what_the_rules_say(
    build_warehouse: BuildWarehouse, tmp_path: Path, number: int
) -> None:
    landing, warehouse, variables = build_world(build_warehouse, tmp_path, number)
    found = differences(landing, warehouse, variables)
    assert not found, f"world {number}: " + "\n".join(found[:40])


@pytest.mark.long
@pytest.mark.parametrize("number", [4, *range(200, 230)])
def test_many_small_worlds_are_what_the_rules_say(
    build_warehouse: BuildWarehouse, tmp_path: Path, number: int
) -> None:
    landing, warehouse, variables = build_world(build_warehouse, tmp_path, number)
    found = differences(landing, warehouse, variables)
    assert not found, f"world {number}: " + "\n".join(found[:40])


def event(request: str, **fields: object) -> dict[str, str | None]:
    row: dict[str, object] = {
        "external_request_id": request,
        "occurred_at": "2026-03-02T10:00:00Z",
        "data_mode": "real",
        "environment": "prod",
        **fields,
    }
    return {name: None if value is None else str(value) for name, value in row.items()}


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([event("r1")], id="one event that says nothing"),
        pytest.param(
            [
                event(
                    "r1",
                    provider="nobody",
                    model="unknown",
                    input_tokens=50_000,
                    endpoint_tag="support.reply",
                    conversation_id="C-1",
                    turn_index=1,
                    tool_name="lookup",
                    retrieval_hit="true",
                )
            ],
            id="everything unpriced",
        ),
        pytest.param(
            [
                event(
                    "r1",
                    provider="nobody",
                    model="unknown",
                    input_tokens=9_000_000_000_000_000_000,
                    output_tokens=0,
                    endpoint_tag="support.reply",
                    conversation_id="C-1",
                    turn_index=9_000_000_000_000_000_000,
                    retrieval_top_k=9_000_000_000_000_000_000,
                    retrieved_chunks=9_000_000_000_000_000_000,
                )
            ],
            id="numbers beyond reason",
        ),
        pytest.param(
            [
                event(
                    f"r{number}",
                    provider="openai",
                    model="gpt-4.1",
                    input_tokens=0,
                    output_tokens=0,
                    status="429",
                    endpoint_tag="rag.answer",
                    workflow_id="W-1",
                    turn_index=number,
                    tool_name="lookup",
                    tool_input_hash="same",
                    tool_output_tokens=0,
                    retrieval_top_k=0,
                    retrieval_hit="false",
                )
                for number in range(3)
            ],
            id="only rejected calls",
        ),
    ],
)
def test_degenerate_worlds_build_and_follow_the_rules(
    build_warehouse: BuildWarehouse, tmp_path: Path, events: list[dict[str, str | None]]
) -> None:
    empty: dict[str, Any] = {"tickets": [], "workflow_outcomes": [], "provider_invoices": []}
    world = World({"llm_requests": events, **empty})
    landing = write_landing(world, tmp_path / "landing", seed=1)
    warehouse = build_warehouse(landing, arguments=ONLY)
    found = differences(landing, warehouse, {})
    assert not found, "\n".join(found)


# The demo company's planted truth (tests/expected/planted_incidents.csv)


def test_threads_without_a_history_cap_show(demo_warehouse: Path) -> None:
    weeks = {
        str(start): (over_share, growth, saving)
        for start, over_share, growth, saving in query(
            demo_warehouse,
            """
            select period_start, over_cap_spend_share, growth_per_turn, cap_saving_usd
            from thread_growth
            where period_grain = 'week' and endpoint_tag = 'support.reply'
            """,
        )
    }
    share, growth, saving = weeks["2026-08-03"]
    quiet = [weeks[week] for week in ("2026-07-06", "2026-07-13", "2026-10-19")]
    assert share > 0.5 > 10 * max(each[0] for each in quiet)
    assert growth > 5 * max(each[1] for each in quiet)
    assert saving == max(each[2] for each in weeks.values())


def test_conversations_of_the_week_without_a_cap_lead_the_ranking(demo_warehouse: Path) -> None:
    found = query(
        demo_warehouse,
        """
        select min(over_cap_attempts), min(token_rank), max(token_rank) from longest_threads
        where period_start = '2026-08-03' and use_case = 'support'
        """,
    )
    assert found[0][0] > 0
    assert found[0][1:] == (1, 10)


def test_planted_top_k_drift_is_the_only_drift(demo_warehouse: Path) -> None:
    found = query(
        demo_warehouse,
        """
        select period_start, endpoint_tag, round(top_k), round(baseline_top_k) from retrieval_drift
        where verdict = 'drift'
        """,
    )
    assert found == [(date(2026, 9, 14), "rag.answer", 24.0, 8.0)]


def test_drifted_configuration_has_rows_of_its_own(demo_warehouse: Path) -> None:
    found = query(
        demo_warehouse,
        """
        select retrieval_config, max_top_k from retrieval_configurations
        where period_grain = 'week' and endpoint_tag = 'rag.answer'
        and period_start in ('2026-09-07', '2026-09-14')
        order by period_start
        """,
    )
    assert found == [("rc_hybrid_v2", 8), ("rc_hybrid_wide", 24)]


def test_planted_retry_storm_goes_over_the_retry_limit(demo_warehouse: Path) -> None:
    found = query(
        demo_warehouse,
        """
        select period_start, retries_over_limit from stage_costs
        where period_grain = 'week' and endpoint_tag = 'support.reply'
        order by retries_over_limit desc
        """,
    )
    assert found[0][0] == date(2026, 8, 17)
    assert found[0][1] > 10 * max(found[1][1], 1)


def test_planted_loops_are_found_where_they_were_planted(demo_warehouse: Path) -> None:
    found = dict(
        query(
            demo_warehouse,
            """
            select use_case || '.' || stage, sum(loop_requests) from stage_transitions
            where period_grain = 'month' group by all having sum(loop_requests) > 0
            """,
        )
    )
    # Explain loops, rewrites that run on, and agents who have a thread summarised over and over.
    assert found["code.explain"] > 10
    assert found["sales.rewrite"] > 10
    assert found["support.draft"] > 10
    # Chains that never turn back.
    assert not {name for name in found if name.startswith(("documents.", "rag."))}
