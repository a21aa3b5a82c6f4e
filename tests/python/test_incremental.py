"""Runs that take in what arrived since the last one give what one full build gives."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, DbtError, query
from warehouses import different_tables
from worlds import sample_worlds, write_landing

BuildWarehouse = Callable[..., Path]
REFERENCE = PROJECT / "seeds" / "reference"


def arrive(source: Path, landing: Path, files: list[Path]) -> None:
    """Copy some files of a landing folder into another, as a loader would."""
    for file in files:
        target = landing / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)


@pytest.mark.parametrize(
    "number", [11, *(pytest.param(number, marks=pytest.mark.long) for number in range(12, 32))]
)
def test_any_split_into_runs_equals_one_full_build(
    build_warehouse: BuildWarehouse, tmp_path: Path, number: int
) -> None:
    world = sample_worlds(REFERENCE, 1, number)[0]
    whole = write_landing(world, tmp_path / "whole", seed=number)
    files = sorted(path for path in whole.rglob("*") if path.is_file())
    random.Random(number).shuffle(files)  # noqa: S311 - repeatable on purpose
    landing = tmp_path / "landing"
    landing.mkdir()
    warehouse: Path | None = None
    for part in (files[0::3], files[1::3], files[2::3]):
        arrive(whole, landing, part)
        warehouse = build_warehouse(landing, warehouse=warehouse, **world.variables)
    assert warehouse is not None
    full = build_warehouse(landing, **world.variables)
    assert different_tables(warehouse, full) == {}


def test_a_run_with_nothing_new_changes_nothing(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    world = sample_worlds(REFERENCE, 1, 13)[0]
    landing = write_landing(world, tmp_path / "landing", seed=13)
    warehouse = build_warehouse(landing, **world.variables)
    before = shutil.copy(warehouse, tmp_path / "before.duckdb")
    build_warehouse(landing, warehouse=warehouse, **world.variables)
    for planned in ("files", "dates", "cases", "months", "releases"):
        assert query(warehouse, f"select count(*) from run_{planned}") == [(0,)], planned
    assert different_tables(Path(before), warehouse) == {}


def telemetry(landing: Path, file: str, lines: list[str]) -> None:
    path = landing / "llm_requests" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def event(request: str, occurred_at: str, ingested_at: str, **fields: object) -> str:
    row = {
        "externalRequestId": request,
        "occurredAt": occurred_at,
        "ingestedAt": ingested_at,
        "provider": "openai",
        "model": "gpt-4.1",
        "endpointTag": "support.reply",
        "dataMode": "real",
        "environment": "prod",
        "inputTokens": 1000,
        "outputTokens": 100,
        "status": "success",
    }
    return json.dumps(row | fields)


def test_only_touched_dates_are_rebuilt_however_late(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    days = [f"2026-03-{day:02d}" for day in range(1, 11)]
    telemetry(
        landing,
        "first.jsonl",
        [event(f"r{day}", f"{day}T12:00:00Z", f"{day}T12:01:00Z", attemptId="a") for day in days],
    )
    warehouse = build_warehouse(landing)
    telemetry(
        landing,
        "late.jsonl",
        [
            # new, nine days late
            event("late", "2026-03-02T09:00:00Z", "2026-03-11T00:00:00Z"),
            # a retry, on the next day, of a request of 5 March
            event("r2026-03-05", "2026-03-06T00:00:01Z", "2026-03-11T00:00:00Z", attemptId="b"),
            # a correction that moves the only attempt of 8 March to the 9th
            event("r2026-03-08", "2026-03-09T01:00:00Z", "2026-03-11T00:00:00Z", attemptId="a"),
        ],
    )
    build_warehouse(landing, warehouse=warehouse)
    touched = "select event_date::varchar from run_dates order by 1"
    assert [day for (day,) in query(warehouse, touched)] == [
        f"2026-03-{day}" for day in ("02", "05", "06", "08", "09")
    ]
    moved = "select request_date::varchar from fct_attempts where request_id = 'r2026-03-08'"
    assert query(warehouse, moved) == [("2026-03-09",)]
    retried = """
        select attempt_index, is_final from fct_attempts
        where request_id = 'r2026-03-05' order by 1
    """
    assert query(warehouse, retried) == [(1, False), (2, True)]
    assert different_tables(warehouse, build_warehouse(landing)) == {}


def test_what_is_rejected_follows_the_files_that_change_and_go(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    tickets = landing / "tickets"
    tickets.mkdir(parents=True)
    header, without_key = "ticket_id,status,channel\n", ",open,{}\n"
    for name in ("gone", "grows", "stays"):
        (tickets / f"{name}.csv").write_text(header + without_key.format(name), encoding="utf-8")
    (tickets / "stays.jsonl").write_text("half a line\n", encoding="utf-8")
    warehouse = build_warehouse(landing)
    rejected = """
        select parse_filename(source_file), reason, count(*)
        from rejected_rows group by all order by all
    """
    stays = [("stays.csv", "missing_key", 1), ("stays.jsonl", "unparsable_line", 1)]
    assert query(warehouse, rejected) == [
        ("gone.csv", "missing_key", 1),
        ("grows.csv", "missing_key", 1),
        *stays,
    ]
    (tickets / "gone.csv").unlink()
    with (tickets / "grows.csv").open("a", encoding="utf-8") as file:
        file.write(without_key.format("one more") + without_key.format("one more"))
    (tickets / "new.csv").write_text(header + without_key.format("new"), encoding="utf-8")
    build_warehouse(landing, warehouse=warehouse, removed_files="forget")
    assert query(warehouse, rejected) == [
        ("grows.csv", "missing_key", 3),
        ("new.csv", "missing_key", 1),
        *stays,
    ]


def test_a_price_that_is_added_later_changes_no_cost_that_was_reported(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """An exact name, a tier and a date that would all win today do not win back the past."""
    landing = tmp_path / "landing"
    telemetry(
        landing,
        "first.jsonl",
        [
            event(
                "dated", "2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z", model="gpt-4.1-2025-04-14"
            ),
            event("flex", "2026-03-02T11:00:00Z", "2026-03-02T11:00:00Z", serviceTier="flex"),
            event("house", "2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z", model="house-model"),
        ],
    )
    warehouse = build_warehouse(landing)
    costs = "select request_id, priced_cost_usd from fct_attempts order by 1"
    before = dict(query(warehouse, costs))
    assert before["house"] is None

    book = tmp_path / "project" / "seeds" / "reference" / "model_prices.csv"
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(".*", "target", "warehouse"))
    with book.open("a", encoding="utf-8") as file:
        for model, tier in (
            ("gpt-4.1-2025-04-14", "standard"),
            ("gpt-4.1", "flex"),
            ("house-model", "standard"),
        ):
            file.write(f"openai,{model},{tier},0,2026-01-01,500,,,500,,,a contract,1\n")
    telemetry(
        landing,
        "late.jsonl",
        [event("late", "2026-03-02T13:00:00Z", "2026-03-09T00:00:00Z", serviceTier="flex")],
    )
    build_warehouse(landing, warehouse=warehouse, project=project)
    after = dict(query(warehouse, costs))
    assert (after["dated"], after["flex"]) == (before["dated"], before["flex"])
    assert after["house"] is not None
    assert after["late"] > 100 * after["flex"]


def test_a_first_build_that_broke_off_is_finished_by_the_next(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    days = ("2026-03-01", "2026-03-02")
    lines = [event(f"r{day}", f"{day}T12:00:00Z", f"{day}T12:01:00Z") for day in days]
    telemetry(landing, "first.jsonl", lines)
    # As far as the attempts, and no further: what follows them was never built.
    only = ("--select", "+fct_attempts", "--indirect-selection", "empty")
    part = build_warehouse(landing, arguments=only)
    build_warehouse(landing, warehouse=part)
    assert different_tables(part, build_warehouse(landing)) == {}


def ticket(landing: Path, file: str, **fields: object) -> None:
    path = landing / "tickets" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(fields) + "\n", encoding="utf-8")


def test_a_ticket_that_changes_afterwards_is_judged_and_counted_again(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Nothing of it is new in telemetry: it was resolved, and is of another intent and month."""
    landing = tmp_path / "landing"
    old = {"status": "open", "intent": "refund", "openedAt": "2026-03-30T08:00:00Z"}
    telemetry(
        landing,
        "first.jsonl",
        [
            event("r1", "2026-03-30T09:00:00Z", "2026-03-30T09:00:00Z", ticketId="T1"),
            event("r2", "2026-04-02T09:00:00Z", "2026-04-02T09:00:00Z", ticketId="T1"),
            event("r3", "2026-04-20T09:00:00Z", "2026-04-20T09:00:00Z", ticketId="T2"),
        ],
    )
    ticket(landing, "1.jsonl", ticketId="T1", updatedAt="2026-03-30T08:00:00Z", **old)
    warehouse = build_warehouse(landing)
    outcome = "select outcome, resolved_at::varchar from fct_tickets where ticket_id = 'T1'"
    assert query(warehouse, outcome) == [("pending", None)]

    closed = {"status": "closed", "intent": "login", "openedAt": "2026-03-31T08:00:00Z"}
    resolved = {"lastResolvedAt": "2026-04-03T10:00:00Z", "updatedAt": "2026-04-03T10:00:00Z"}
    ticket(landing, "2.jsonl", ticketId="T1", **closed, **resolved)
    build_warehouse(landing, warehouse=warehouse)
    assert query(warehouse, "select count(*) from run_dates") == [(0,)]
    assert query(warehouse, outcome) == [("resolved_assumed", "2026-04-03 10:00:00")]
    assert different_tables(warehouse, build_warehouse(landing)) == {}

    # an older version that arrives late changes nothing; the same file under another name neither
    ticket(landing, "0.jsonl", ticketId="T1", status="solved", updatedAt="2026-03-29T08:00:00Z")
    shutil.copy(landing / "llm_requests" / "first.jsonl", landing / "llm_requests" / "again.jsonl")
    build_warehouse(landing, warehouse=warehouse)
    places = {"fct_attempts", "redeliveries", "rejected_rows"}
    assert set(different_tables(warehouse, build_warehouse(landing))) <= places
    assert query(warehouse, outcome) == [("resolved_assumed", "2026-04-03 10:00:00")]


def test_what_a_run_that_broke_off_had_taken_in_reaches_the_facts_by_the_next(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Its newest versions are known by then, and nothing of telemetry would name the ticket."""
    landing = tmp_path / "landing"
    nine = "2026-03-01T09:00:00Z"
    first = event("r1", nine, nine, workflowId="W1", endpointTag="sales.email_draft")
    telemetry(landing, "first.jsonl", [first])
    ticket(landing, "1.jsonl", ticketId="T1", updatedAt="2026-03-01T08:00:00Z", status="open")
    warehouse = build_warehouse(landing)
    ticket(landing, "2.jsonl", ticketId="T2", updatedAt="2026-03-01T08:30:00Z", status="open")
    (landing / "workflow_outcomes").mkdir()
    outcome = {"workflowId": "W1", "outcome": "done", "isSuccess": "true"}
    outcomes = landing / "workflow_outcomes" / "1.jsonl"
    outcomes.write_text(
        json.dumps(outcome | {"completedAt": "2026-03-01T10:00:00Z"}) + "\n", encoding="utf-8"
    )
    taken_in = ("+int_tickets_current", "+int_workflow_outcomes_current")
    only = ("--select", *taken_in, "--indirect-selection", "empty")
    build_warehouse(landing, warehouse=warehouse, arguments=only)
    build_warehouse(landing, warehouse=warehouse)
    assert query(warehouse, "select count(*) from fct_tickets") == [(2,)]
    assert query(warehouse, "select outcome from fct_workflows") == [("done",)]
    assert different_tables(warehouse, build_warehouse(landing)) == {}


def test_a_clock_that_was_moved_alone_still_ages_what_it_should(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """The next run finds the clock where it should be, and a case that was not judged by it."""
    landing = tmp_path / "landing"
    nine = "2026-03-01T09:00:00Z"
    telemetry(landing, "first.jsonl", [event("r1", nine, nine, ticketId="T1")])
    silent = {"lastCustomerMessageAt": nine, "botPublicReplies": 0, "humanPublicReplies": 0}
    ticket(
        landing, "1.jsonl", ticketId="T1", updatedAt=nine, openedAt=nine, status="open", **silent
    )
    warehouse = build_warehouse(landing, as_of="2026-03-02 00:00:00")
    outcome = "select outcome from fct_tickets"
    assert query(warehouse, outcome) == [("pending",)]
    later = "2026-03-20 00:00:00"
    build_warehouse(landing, warehouse=warehouse, arguments=("--select", "int_as_of"), as_of=later)
    build_warehouse(landing, warehouse=warehouse, as_of=later)
    assert query(warehouse, outcome) == [("abandoned",)]


def test_a_mart_is_not_built_from_nothing_over_a_part_of_what_it_reads(
    build_warehouse: BuildWarehouse, demo_warehouse: Path, tmp_path: Path
) -> None:
    """Neither by a full refresh of it alone, nor when it is new: it would hold a part."""
    warehouse = tmp_path / "llm_costs.duckdb"
    shutil.copy(demo_warehouse, warehouse)
    models = sorted((PROJECT / "models").rglob("*.sql"))
    replaced = [file.stem for file in models if "materialized='incremental'" in file.read_text()]
    assert len(replaced) > 40
    # Every mart, and a rollup and a fact for the others: a refusal takes a second.
    marts = [file.stem for file in models if "marts" in file.parts and file.stem in replaced]
    for name in [*marts, "int_tenant_days", "int_attempts_attributed"]:
        with pytest.raises(DbtError, match="dbt build --full-refresh"):
            build_warehouse(warehouse=warehouse, arguments=("--full-refresh", "--select", name))
    assert different_tables(demo_warehouse, warehouse) == {}

    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop table marts.stage_costs")
    new = ("--select", "stage_costs")
    with pytest.raises(DbtError, match="dbt build --full-refresh"):
        build_warehouse(warehouse=warehouse, arguments=new)
    build_warehouse(warehouse=warehouse)
    assert different_tables(demo_warehouse, warehouse) == {}


def test_a_warehouse_of_another_version_is_refused_before_the_first_model(
    build_warehouse: BuildWarehouse, demo_warehouse: Path, tmp_path: Path
) -> None:
    warehouse = tmp_path / "llm_costs.duckdb"
    shutil.copy(demo_warehouse, warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop schema run cascade")
    with pytest.raises(DbtError, match="another version of this project"):
        build_warehouse(warehouse=warehouse)
    build_warehouse(warehouse=warehouse, arguments=("--full-refresh",))
    assert different_tables(demo_warehouse, warehouse) == {}


def test_names_and_owners_hold_for_every_period_at_once(
    build_warehouse: BuildWarehouse, demo_warehouse: Path, tmp_path: Path
) -> None:
    """They are looked up when a mart is read, so nothing has to be rebuilt for them."""
    warehouse = tmp_path / "llm_costs.duckdb"
    shutil.copy(demo_warehouse, warehouse)
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(".*", "target", "warehouse"))
    for seed, old, new in (
        ("tenants", "Northwind", "Southwind"),
        ("endpoint_taxonomy", "support-platform", ""),
        ("budgets", "use_case,support", "use_case,other"),
    ):
        file = project / "seeds" / "reference" / f"{seed}.csv"
        text = file.read_text(encoding="utf-8")
        assert old in text, seed
        file.write_text(text.replace(old, new), encoding="utf-8")
    build_warehouse(warehouse=warehouse, project=project)
    full = build_warehouse(project=project)
    assert different_tables(warehouse, full) == {}
    renamed = "select count(*) from tenant_share where tenant_name like 'Southwind%'"
    assert query(warehouse, renamed)[0][0] > 100


def test_a_file_that_only_a_broken_run_has_read_is_forgotten_when_it_is_gone(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    nine = "2026-03-0{}T09:00:00Z"
    telemetry(landing, "1.jsonl", [event("r1", nine.format(1), nine.format(1))])
    ticket(landing, "1.jsonl", ticketId="T1", updatedAt=nine.format(1))
    warehouse = build_warehouse(landing)
    telemetry(landing, "2.jsonl", [event("r2", nine.format(2), nine.format(2))])
    ticket(landing, "2.jsonl", updatedAt=nine.format(2))
    only = ("--select", "+int_attempts_attributed", "+int_rows_rejected")
    build_warehouse(
        landing, warehouse=warehouse, arguments=(*only, "--indirect-selection", "empty")
    )
    assert query(warehouse, "select count(*) from int_attempts_attributed") == [(2,)]
    (landing / "llm_requests" / "2.jsonl").unlink()
    (landing / "tickets" / "2.jsonl").unlink()
    build_warehouse(landing, warehouse=warehouse)
    assert different_tables(warehouse, build_warehouse(landing)) == {}


def test_what_is_not_new_itself_but_carried_by_attempts_is_rebuilt(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """A merge of what was sent as a workflow, a retry that a file lost, a canonical tag."""
    landing = tmp_path / "landing"
    at = "2026-07-{:02d}T09:00:00Z"
    telemetry(landing, "merged.jsonl", [event("m1", at.format(1), at.format(1), workflowId="M1")])
    merged = {"ticketId": "M1", "status": "closed"}
    ticket(landing, "1.jsonl", **merged, mergedIntoTicketId="M2", updatedAt=at.format(2))
    # a chain whose first merge stays as it is
    telemetry(landing, "chain.jsonl", [event("c1", at.format(1), at.format(1), workflowId="C1")])
    chain = {"ticketId": "C1", "mergedIntoTicketId": "C2", "updatedAt": at.format(2)}
    ticket(landing, "2.jsonl", **chain)
    ticket(landing, "3.jsonl", ticketId="C2", mergedIntoTicketId="C3", updatedAt=at.format(2))
    telemetry(landing, "first.jsonl", [event("r", at.format(3), at.format(3), attemptId="a")])
    telemetry(landing, "retry.jsonl", [event("r", at.format(5), at.format(5), attemptId="b")])
    # sent by an alias alone, in a month that nothing else touches
    early = "2026-01-12T09:00:00Z"
    aliased = {"endpointTag": "reply_bot", "workflowId": "W"}
    telemetry(landing, "early.jsonl", [event("e", early, early, **aliased)])
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(".*", "target", "warehouse"))
    reference = project / "seeds" / "reference"
    taxonomy = reference / "endpoint_taxonomy.csv"
    with taxonomy.open("a", encoding="utf-8") as file:
        for sent in ("steady.reply", "reply_bot"):
            file.write(f"{sent},steady.reply,sales,draft,team,team on-call,low,true,,\n")
    warehouse = build_warehouse(landing, project=project)

    ticket(landing, "4.jsonl", **merged, mergedIntoTicketId="M3", updatedAt=at.format(4))
    ticket(landing, "5.jsonl", ticketId="C2", mergedIntoTicketId="C4", updatedAt=at.format(4))
    telemetry(landing, "retry.jsonl", [event("other", at.format(5), at.format(5), attemptId="b")])
    text = taxonomy.read_text(encoding="utf-8")
    canonical = "steady.reply,steady.reply,sales,draft"
    assert text.count(canonical) == 1
    taxonomy.write_text(text.replace(canonical, "steady.reply,steady.reply,documents,score"))
    build_warehouse(landing, warehouse=warehouse, project=project)
    assert different_tables(warehouse, build_warehouse(landing, project=project)) == {}


def test_what_a_run_of_a_part_did_and_was_taken_back_leaves_nothing(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """A workflow that lost its only attempt in it, and a merge that was withdrawn after it."""
    landing = tmp_path / "landing"
    at = "2026-07-{:02d}T09:00:00Z"
    lost = {"attemptId": "a", "endpointTag": "sales.email_draft"}
    telemetry(landing, "1.jsonl", [event("l", at.format(1), at.format(1), **lost, workflowId="W1")])
    telemetry(landing, "2.jsonl", [event("m", at.format(2), at.format(2), ticketId="M4")])
    opened = "2026-05-15T09:00:00Z"
    ticket(landing, "1.jsonl", ticketId="M4", openedAt=opened, updatedAt=at.format(1))
    warehouse = build_warehouse(landing)
    telemetry(landing, "3.jsonl", [event("l", at.format(1), at.format(3), **lost, workflowId="W2")])
    moved = {"ticketId": "M4", "openedAt": at.format(1)}
    ticket(landing, "2.jsonl", **moved, mergedIntoTicketId="M5", updatedAt=at.format(3))
    part = ("--select", "+fct_workflows", "--indirect-selection", "empty")
    build_warehouse(landing, warehouse=warehouse, arguments=part)
    ticket(landing, "3.jsonl", **moved, updatedAt=at.format(4))
    build_warehouse(landing, warehouse=warehouse)
    assert different_tables(warehouse, build_warehouse(landing)) == {}


def test_a_follow_up_after_the_window_counts_as_a_return_in_the_month_of_the_ticket_that_it_follows(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Neither the outcome of that ticket nor any date of it is another."""
    landing = tmp_path / "landing"
    only = (
        "--select",
        "+support_scorecard",
        "+fct_workflows",
        "+path:models/run",
        "--indirect-selection",
        "empty",
    )
    nine, later = "2026-03-02T09:00:00Z", "2026-05-20T09:00:00Z"
    telemetry(
        landing,
        "first.jsonl",
        [event("r1", nine, nine, ticketId="T1"), event("r2", later, later, ticketId="T2")],
    )
    answered = {"status": "closed", "botPublicReplies": 1, "humanPublicReplies": 0}
    times = {"openedAt": nine, "lastResolvedAt": nine, "updatedAt": nine, "reopenCount": 0}
    ticket(landing, "1.jsonl", ticketId="T1", **answered, **times)
    warehouse = build_warehouse(landing, arguments=only)
    returned = """
        select auto_resolutions, auto_resolutions_returned, auto_reopen_rate from support_scorecard
        where period_grain = 'month' and segment_type = 'all' and period_start = '2026-03-01'
    """
    assert query(warehouse, returned) == [(1, 0, 0)]
    follow_up = {"openedAt": later, "updatedAt": later, "status": "open"}
    ticket(landing, "2.jsonl", ticketId="T2", followUpOfTicketId="T1", **follow_up)
    build_warehouse(landing, warehouse=warehouse, arguments=only)
    assert query(warehouse, returned) == [(1, 1, 0)]
    assert different_tables(warehouse, build_warehouse(landing, arguments=only)) == {}
