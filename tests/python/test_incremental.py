"""Runs that take in what arrived since the last one give what one full build gives."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Generator
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, WITHOUT_OPERATIONS, DbtError, query
from test_threads_and_tools import LOW, with_threads
from warehouses import different_tables
from worlds import sample_worlds, write_landing

BuildWarehouse = Callable[..., Path]
REFERENCE = PROJECT / "seeds" / "reference"
SALES = "sales.email_draft"
# All of the planner too: what it compares with is read by no mart.
MODELS = (*WITHOUT_OPERATIONS, "+path:models/run")


def arrive(source: Path, landing: Path, files: list[Path]) -> None:
    """Copy some files of a landing folder into another, as a loader would."""
    for file in files:
        target = landing / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)


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


def ticket(landing: Path, file: str, **fields: object) -> None:
    path = landing / "tickets" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(fields) + "\n", encoding="utf-8")


AT_NINE = "{}T09:00:00Z"
Story = Generator[None, Path, None]


def sent(request: str, day: str, arrived: str | None = None, **fields: object) -> str:
    """An event of nine o'clock on a day, which came in on that day or on a later one."""
    return event(request, AT_NINE.format(day), AT_NINE.format(arrived or day), **fields)


def copy_of_the_project(folder: Path) -> Path:
    ignored = shutil.ignore_patterns(".*", "target", "warehouse", "reports")
    return Path(shutil.copytree(PROJECT, folder, ignore=ignored))


@pytest.mark.parametrize(
    "number", [11, *(pytest.param(number, marks=pytest.mark.long) for number in range(12, 32))]
)
def test_any_split_into_runs_equals_one_full_build_and_nothing_new_changes_nothing(
    build_warehouse: BuildWarehouse, tmp_path: Path, number: int
) -> None:
    world = with_threads(sample_worlds(REFERENCE, 1, number)[0])
    variables = {**world.variables, **LOW}
    whole = write_landing(world, tmp_path / "whole", seed=number)
    files = sorted(path for path in whole.rglob("*") if path.is_file())
    random.Random(number).shuffle(files)  # noqa: S311 - repeatable on purpose
    landing = tmp_path / "landing"
    landing.mkdir()
    warehouse: Path | None = None
    for part in (files[0::2], files[1::2]):
        arrive(whole, landing, part)
        warehouse = build_warehouse(landing, warehouse=warehouse, **variables)
    assert warehouse is not None
    assert different_tables(warehouse, build_warehouse(landing, **variables)) == {}

    before = shutil.copy(warehouse, tmp_path / "before.duckdb")
    build_warehouse(landing, warehouse=warehouse, **variables)
    for planned in ("files", "dates", "cases", "months", "releases"):
        assert query(warehouse, f"select count(*) from run_{planned}") == [(0,)], planned
    assert different_tables(Path(before), warehouse) == {}


def dates_are_rebuilt_where_they_are_touched_however_late(landing: Path) -> Story:
    days = [f"2026-03-{day:02d}" for day in range(1, 11)]
    telemetry(landing, "dates.jsonl", [sent(f"r{day}", day, attemptId="a") for day in days])
    yield
    telemetry(
        landing,
        "late_dates.jsonl",
        [
            # new, nine days late
            sent("late", "2026-03-02", "2026-03-11"),
            # a retry, on the next day, of a request of 5 March
            sent("r2026-03-05", "2026-03-06", "2026-03-11", attemptId="b"),
            # a correction that moves the only attempt of 8 March to the 9th
            sent("r2026-03-08", "2026-03-09", "2026-03-11", attemptId="a"),
        ],
    )
    warehouse = yield
    touched = """
        select event_date::varchar from run_dates
        where event_date between '2026-03-01' and '2026-03-31' order by 1
    """
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


def what_is_rejected_follows_files_that_change_and_go(landing: Path) -> Story:
    tickets = landing / "tickets"
    tickets.mkdir(parents=True, exist_ok=True)
    header, without_key = "ticket_id,status,channel\n", ",open,{}\n"
    for name in ("gone", "grows", "stays"):
        (tickets / f"{name}.csv").write_text(header + without_key.format(name), encoding="utf-8")
    (tickets / "stays.jsonl").write_text("half a line\n", encoding="utf-8")
    warehouse = yield
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
    warehouse = yield
    assert query(warehouse, rejected) == [
        ("grows.csv", "missing_key", 3),
        ("new.csv", "missing_key", 1),
        *stays,
    ]


def a_ticket_that_changes_is_judged_and_counted_again(landing: Path) -> Story:
    """Nothing of it is new in telemetry: it was resolved, and is of another intent and month."""
    old = {"status": "open", "intent": "refund", "openedAt": AT_NINE.format("2025-11-30")}
    days = (("j1", "2025-11-30", "J1"), ("j2", "2025-12-02", "J1"), ("j3", "2025-12-20", "J2"))
    telemetry(landing, "judged.jsonl", [sent(r, day, ticketId=name) for r, day, name in days])
    ticket(landing, "judged_1.jsonl", ticketId="J1", updatedAt="2025-11-30T08:00:00Z", **old)
    warehouse = yield
    outcome = "select outcome, resolved_at::varchar from fct_tickets where ticket_id = 'J1'"
    assert query(warehouse, outcome) == [("pending", None)]
    closed = {"status": "closed", "intent": "login", "openedAt": "2025-12-01T08:00:00Z"}
    resolved = {"lastResolvedAt": "2025-12-03T10:00:00Z", "updatedAt": "2025-12-03T10:00:00Z"}
    ticket(landing, "judged_2.jsonl", ticketId="J1", **closed, **resolved)
    warehouse = yield
    touched = "select count(*) from run_dates where event_date < '2026-01-01'"
    assert query(warehouse, touched) == [(0,)]
    assert query(warehouse, outcome) == [("resolved_assumed", "2025-12-03 10:00:00")]


def what_attempts_carry_reaches_them(landing: Path) -> Story:
    """A merge of what was sent as a workflow, and a retry that a file lost."""
    telemetry(landing, "merged.jsonl", [sent("m1", "2026-07-01", workflowId="M1")])
    merged = {"ticketId": "M1", "status": "closed"}
    second = {"updatedAt": AT_NINE.format("2026-07-02")}
    ticket(landing, "merged_1.jsonl", **merged, mergedIntoTicketId="M2", **second)
    # a chain whose first merge stays as it is
    telemetry(landing, "chain.jsonl", [sent("c1", "2026-07-01", workflowId="C1")])
    ticket(landing, "chain_1.jsonl", ticketId="C1", mergedIntoTicketId="C2", **second)
    ticket(landing, "chain_2.jsonl", ticketId="C2", mergedIntoTicketId="C3", **second)
    telemetry(landing, "tried.jsonl", [sent("t", "2026-07-03", attemptId="a")])
    telemetry(landing, "tried_again.jsonl", [sent("t", "2026-07-05", attemptId="b")])
    yield
    fourth = {"updatedAt": AT_NINE.format("2026-07-04")}
    ticket(landing, "merged_2.jsonl", **merged, mergedIntoTicketId="M3", **fourth)
    ticket(landing, "chain_3.jsonl", ticketId="C2", mergedIntoTicketId="C4", **fourth)
    telemetry(landing, "tried_again.jsonl", [sent("other", "2026-07-05", attemptId="b")])
    warehouse = yield
    merged_into = "select workflow_id from fct_requests where request_id in ('m1', 'c1') order by 1"
    assert query(warehouse, merged_into) == [("C4",), ("M3",)]


def a_follow_up_counts_as_a_return_in_the_month_of_the_ticket_that_it_follows(
    landing: Path,
) -> Story:
    """After the window: neither the outcome of that ticket nor any date of it is another."""
    nine, later = AT_NINE.format("2025-08-02"), AT_NINE.format("2025-10-20")
    telemetry(landing, "followed.jsonl", [sent("f1", "2025-08-02", ticketId="F1")])
    telemetry(landing, "follows.jsonl", [sent("f2", "2025-10-20", ticketId="F2")])
    answered = {"status": "closed", "botPublicReplies": 1, "humanPublicReplies": 0}
    times = {"openedAt": nine, "lastResolvedAt": nine, "updatedAt": nine, "reopenCount": 0}
    ticket(landing, "followed.jsonl", ticketId="F1", **answered, **times)
    warehouse = yield
    returned = """
        select auto_resolutions, auto_resolutions_returned, auto_reopen_rate from support_scorecard
        where period_grain = 'month' and segment_type = 'all' and period_start = '2025-08-01'
    """
    assert query(warehouse, returned) == [(1, 0, 0)]
    follow_up = {"openedAt": later, "updatedAt": later, "status": "open"}
    ticket(landing, "follows.jsonl", ticketId="F2", followUpOfTicketId="F1", **follow_up)
    warehouse = yield
    assert query(warehouse, returned) == [(1, 1, 0)]


def test_what_arrives_or_changes_later_gives_what_one_full_build_gives(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Stories that share no id and no month lie side by side, so that one build tries them all."""
    landing = tmp_path / "landing"
    stories = [
        story(landing)
        for story in (
            dates_are_rebuilt_where_they_are_touched_however_late,
            what_is_rejected_follows_files_that_change_and_go,
            a_ticket_that_changes_is_judged_and_counted_again,
            what_attempts_carry_reaches_them,
            a_follow_up_counts_as_a_return_in_the_month_of_the_ticket_that_it_follows,
        )
    ]
    for story in stories:
        next(story)
    warehouse = build_warehouse(landing, arguments=MODELS)
    for story in stories:
        story.send(warehouse)
    build_warehouse(landing, warehouse=warehouse, arguments=MODELS, removed_files="forget")
    for story in stories:
        with pytest.raises(StopIteration):
            story.send(warehouse)
    assert different_tables(warehouse, build_warehouse(landing, arguments=MODELS)) == {}

    # An older version that arrives late changes nothing; the same file under another name neither.
    older = {"status": "solved", "updatedAt": "2025-11-29T08:00:00Z"}
    ticket(landing, "judged_0.jsonl", ticketId="J1", **older)
    judged = landing / "llm_requests" / "judged.jsonl"
    shutil.copy(judged, judged.with_name("again.jsonl"))
    before = shutil.copy(warehouse, tmp_path / "before.duckdb")
    build_warehouse(landing, warehouse=warehouse, arguments=MODELS)
    # What came again is counted where it came.
    places = {"fct_attempts", "redeliveries", "rejected_rows", "telemetry_health"}
    assert set(different_tables(Path(before), warehouse)) <= places


def test_what_names_and_rules_say_holds_for_every_period_at_once(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Names and owners are looked up when a mart is read; a rule reports its months again."""
    landing = tmp_path / "landing"
    tags = ("support.reply", "sales.email_draft")
    months = ("2026-03", "2026-04", "2026-05")
    tool = {"toolName": "lookup", "toolInputHash": "h", "toolOutputTokens": "80"}
    dear = {"provider": "anthropic", "model": "claude-opus-4-5", "inputTokens": "9"}
    for month in months:
        of = [
            sent(f"{month} {tag} {tenant}", f"{month}-02", endpointTag=tag, tenantId=tenant, **dear)
            for tag in tags
            for tenant in ("northwind", "globex")
        ]
        mail = {"endpointTag": "sales.email_draft", "tenantId": "northwind", "workflowId": month}
        of += [sent(f"{month} {n}", f"{month}-03", **mail, **tool) for n in (1, 2)]
        telemetry(landing, f"{month}.jsonl", of)
    outcomes = landing / "workflow_outcomes" / "mails.csv"
    outcomes.parent.mkdir()
    ended = [f"{month},email_sent,true,{AT_NINE.format(f'{month}-04')}" for month in months]
    outcomes.write_text("\n".join(["workflow_id,outcome,is_success,completed_at", *ended]))
    # sent by an alias alone, in a month that nothing else touches
    aliased = {"endpointTag": "reply_bot", "workflowId": "W"}
    telemetry(landing, "early.jsonl", [sent("e", "2026-01-12", **aliased)])
    project = copy_of_the_project(tmp_path / "project")
    reference = project / "seeds" / "reference"
    with (reference / "endpoint_taxonomy.csv").open("a", encoding="utf-8") as file:
        for tag in ("steady.reply", "reply_bot"):
            file.write(f"{tag},steady.reply,sales,draft,team,team on-call,low,true,,\n")
    # Those that show a name, an owner, a stage or a tier.
    only = (*MODELS, "+path:models/marts/endpoints", "+stage_costs", "+tool_calls", "+remedies")
    warehouse = build_warehouse(landing, project=project, arguments=only)
    above = """
        select count(*) from remedies
        where remedy = 'allowed_tier' and calls_affected > 0 and period_start >= date '2026-03-01'
    """
    assert query(warehouse, above) == [(6,)]
    for seed, old, new in (
        ("tenants", "Northwind", "Southwind"),
        ("endpoint_taxonomy", "support-platform", ""),
        (
            "endpoint_taxonomy",
            "steady.reply,steady.reply,sales,draft",
            "steady.reply,steady.reply,documents,score",
        ),
        ("budgets", "use_case,support", "use_case,other"),
        ("use_case_outcomes", "email_sent", "email_answered"),
        ("use_cases", "medium,false", "medium,true"),
        ("tenants", "enterprise,false", "enterprise,true"),
        ("tool_caps", "sales.crm_followup,3,5000", "sales.email_draft,1,50"),
        ("risk_levels", "medium,standard", "medium,premium"),
    ):
        table = reference / f"{seed}.csv"
        text = table.read_text(encoding="utf-8")
        assert old in text, seed
        table.write_text(text.replace(old, new), encoding="utf-8")
    build_warehouse(landing, warehouse=warehouse, project=project, arguments=only)
    full = build_warehouse(landing, project=project, arguments=only)
    assert different_tables(warehouse, full) == {}
    renamed = """
        select count(distinct period_start) from tenant_share
        where period_grain = 'month' and tenant_name like 'Southwind%'
    """
    assert query(warehouse, renamed) == [(3,)]
    of_mails = """
        select distinct audience, successful_workflows, other_successes from use_case_economics
        where period_grain = 'month' and outcome_definition = 'email_v1'
    """
    assert query(warehouse, of_mails) == [("internal", 0, 1)]
    over_caps = """
        select distinct calls_over_call_cap, output_tokens_over_cap from tool_calls
        where period_grain = 'month'
    """
    assert query(warehouse, over_caps) == [(1, 60)]
    assert query(warehouse, above) == [(0,)]


def test_runs_that_broke_off_or_built_a_part_leave_nothing_behind(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """What each of them did lies in a month of its own, and nothing that follows would name it."""
    landing = tmp_path / "landing"
    clock = "2026-08-01 00:00:00"
    warehouse = tmp_path / "llm_costs.duckdb"

    def run(*models: str, as_of: str = clock) -> None:
        only = ("--select", *models, "--indirect-selection", "empty") if models else MODELS
        build_warehouse(landing, warehouse=warehouse, arguments=only, as_of=as_of)

    # A first build got as far as the attempts: what follows them was never built.
    telemetry(landing, "first.jsonl", [sent(f"r{day}", f"2026-01-0{day}") for day in (1, 2)])
    run("+fct_attempts")

    telemetry(
        landing, "drafts.jsonl", [sent("d", "2026-03-01", workflowId="W1", endpointTag=SALES)]
    )
    ticket(landing, "T1.jsonl", ticketId="T1", updatedAt="2026-03-01T08:00:00Z", status="open")
    lost = {"attemptId": "a", "endpointTag": SALES}
    telemetry(landing, "lost.jsonl", [sent("l", "2026-07-01", **lost, workflowId="L1")])
    telemetry(landing, "moved.jsonl", [sent("m", "2026-07-02", ticketId="M4")])
    july = {"updatedAt": AT_NINE.format("2026-07-01")}
    ticket(landing, "M4.jsonl", ticketId="M4", openedAt="2026-05-15T09:00:00Z", **july)
    silent = {"botPublicReplies": 0, "humanPublicReplies": 0, "status": "open"}
    asked = AT_NINE.format("2026-07-31")
    times = {"lastCustomerMessageAt": asked, "updatedAt": asked, "openedAt": asked}
    telemetry(landing, "silent.jsonl", [sent("s", "2026-07-31", ticketId="S1")])
    ticket(landing, "S1.jsonl", ticketId="S1", **times, **silent)
    run()
    assert query(warehouse, "select count(*) from fct_requests where request_id like 'r_'") == [
        (2,)
    ]

    # A run broke off after it had taken in a ticket, an outcome, and files that are gone since.
    ticket(landing, "T2.jsonl", ticketId="T2", updatedAt="2026-03-01T08:30:00Z", status="open")
    (landing / "workflow_outcomes").mkdir()
    done = {"workflowId": "W1", "outcome": "done", "isSuccess": "true"}
    (landing / "workflow_outcomes" / "1.jsonl").write_text(
        json.dumps(done | {"completedAt": "2026-03-01T10:00:00Z"}) + "\n", encoding="utf-8"
    )
    telemetry(landing, "gone.jsonl", [sent("gone", "2026-02-02")])
    ticket(landing, "gone.jsonl", updatedAt=AT_NINE.format("2026-02-02"))
    run(
        *("+int_tickets_current", "+int_workflow_outcomes_current"),
        *("+int_attempts_attributed", "+int_rows_rejected"),
    )
    gone = "from int_attempts_attributed where request_id = 'gone'"
    assert query(warehouse, f"select count(*) {gone}") == [(1,)]
    (landing / "llm_requests" / "gone.jsonl").unlink()
    (landing / "tickets" / "gone.jsonl").unlink()

    # Another, in which a workflow lost its only attempt; a merge was withdrawn after it.
    corrected = sent("l", "2026-07-01", "2026-07-03", **lost, workflowId="L2")
    telemetry(landing, "lost_corrected.jsonl", [corrected])
    moved = {"ticketId": "M4", "openedAt": AT_NINE.format("2026-07-01")}
    merged = {"mergedIntoTicketId": "M5", "updatedAt": AT_NINE.format("2026-07-03")}
    ticket(landing, "M4_merged.jsonl", **moved, **merged)
    run("+fct_workflows")
    ticket(landing, "M4_alone.jsonl", **moved, updatedAt=AT_NINE.format("2026-07-04"))
    run()
    assert query(warehouse, f"select count(*) {gone}") == [(0,)]
    assert query(warehouse, "select count(*) from fct_tickets where ticket_id = 'T2'") == [(1,)]
    outcome = "select outcome from {} where {} = '{}'"
    assert query(warehouse, outcome.format("fct_workflows", "workflow_id", "W1")) == [("done",)]

    # The clock was moved alone: the next run finds it there, and a case that was not judged by it.
    silence = outcome.format("fct_tickets", "ticket_id", "S1")
    assert query(warehouse, silence) == [("pending",)]
    later = "2026-08-20 00:00:00"
    run("int_as_of", as_of=later)
    run(as_of=later)
    assert query(warehouse, silence) == [("abandoned",)]
    full = build_warehouse(landing, arguments=MODELS, as_of=later)
    assert different_tables(warehouse, full) == {}


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
    only = ("--select", "+path:models/marts/core", "+path:models/run")
    warehouse = build_warehouse(landing, arguments=only)
    costs = "select request_id, priced_cost_usd from fct_attempts order by 1"
    before = dict(query(warehouse, costs))
    assert before["house"] is None

    project = copy_of_the_project(tmp_path / "project")
    book = project / "seeds" / "reference" / "model_prices.csv"
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
    build_warehouse(landing, warehouse=warehouse, project=project, arguments=only)
    after = dict(query(warehouse, costs))
    assert (after["dated"], after["flex"]) == (before["dated"], before["flex"])
    assert after["house"] is not None
    assert after["late"] > 100 * after["flex"]


def refused_alone(
    build_warehouse: BuildWarehouse, demo: Path, copy: Path, names: list[str]
) -> None:
    shutil.copy(demo, copy)
    for name in names:
        with pytest.raises(DbtError, match="dbt build --full-refresh"):
            build_warehouse(warehouse=copy, arguments=("--full-refresh", "--select", name))
    assert different_tables(demo, copy) == {}


@pytest.mark.long
def test_no_model_is_built_from_nothing_alone(
    build_warehouse: BuildWarehouse, demo_warehouse: Path, tmp_path: Path
) -> None:
    models = sorted((PROJECT / "models").rglob("*.sql"))
    replaced = [file.stem for file in models if "materialized='incremental'" in file.read_text()]
    assert len(replaced) > 40
    refused_alone(build_warehouse, demo_warehouse, tmp_path / "llm_costs.duckdb", replaced)


def test_a_mart_is_not_built_from_nothing_over_a_part_of_what_it_reads(
    build_warehouse: BuildWarehouse, demo_warehouse: Path, tmp_path: Path
) -> None:
    """Neither by a full refresh of it alone, nor when it is new: it would hold a part."""
    warehouse = tmp_path / "llm_costs.duckdb"
    # A mart by period, one of cases, a fact, a rollup and the attempts.
    kinds = ["stage_costs", "fct_tickets", "fct_workflows", "int_tenant_days"]
    kinds.append("int_attempts_attributed")
    refused_alone(build_warehouse, demo_warehouse, warehouse, kinds)

    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop table marts.stage_costs")
    new = ("--select", "stage_costs")
    with pytest.raises(DbtError, match="dbt build --full-refresh"):
        build_warehouse(warehouse=warehouse, arguments=new)
    build_warehouse(warehouse=warehouse)
    assert different_tables(demo_warehouse, warehouse) == {}


def test_tables_that_are_built_without_their_views_stay_as_they_are(
    build_warehouse: BuildWarehouse, demo_warehouse: Path, tmp_path: Path
) -> None:
    """A whole run leaves views of everything, and nothing on the lists of what is replaced."""
    warehouse = tmp_path / "llm_costs.duckdb"
    shutil.copy(demo_warehouse, warehouse)
    build_warehouse(warehouse=warehouse, arguments=("--select", "config.materialized:incremental"))
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
