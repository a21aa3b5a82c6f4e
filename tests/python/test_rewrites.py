"""Files that are rewritten or removed, and rows that a loader takes out: what was there is gone."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import WITHOUT_OPERATIONS, DbtError, query, run_dbt
from warehouses import different_tables

BuildWarehouse = Callable[..., Path]
Row = dict[str, Any]
Files = dict[str, list[Row]]
# All of the planner too: what it compares with is read by no mart.
MODELS = (*WITHOUT_OPERATIONS, "+path:models/run")


def write(landing: Path, files: Files) -> None:
    """Make the folder hold these files and no other; a file that stays as it is is not touched."""
    for path in [path for path in landing.rglob("*") if path.is_file()]:
        if str(path.relative_to(landing)) not in files:
            path.unlink()
    for name, rows in files.items():
        path = landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = "".join(json.dumps(row) + "\n" for row in rows)
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")


def event(request: str, day: int, loaded: int, **fields: object) -> Row:
    row = {
        "externalRequestId": request,
        "occurredAt": f"2026-03-{day:02d}T12:00:00Z",
        "ingestedAt": f"2026-03-{loaded:02d}T18:00:00Z",
        "provider": "openai",
        "model": "gpt-4.1",
        "endpointTag": "support.reply",
        "dataMode": "real",
        "environment": "prod",
        "inputTokens": 1000,
        "status": "success",
    }
    return row | fields


def test_an_older_delivery_comes_back_when_the_newer_one_was_a_mistake(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """It lies in a file that has not changed, on another date; and a retry stays a retry."""
    landing = tmp_path / "landing"
    one = {"attemptId": "1"}
    mistaken = event("r1", 1, 5, reportedCostUsd=5, **one)
    first_try, retry = event("q1", 1, 5, **one), event("q1", 2, 5, attemptId="2")
    files: Files = {
        "llm_requests/a.jsonl": [mistaken, first_try],
        "llm_requests/b.jsonl": [event("r1", 2, 3, reportedCostUsd=7, **one), retry],
    }
    write(landing, files)
    warehouse = build_warehouse(landing, arguments=MODELS)
    files["llm_requests/a.jsonl"] = [
        mistaken | {"externalRequestId": "r9"},
        first_try | {"externalRequestId": "q9"},
    ]
    write(landing, files)
    build_warehouse(landing, warehouse=warehouse, arguments=MODELS)
    costs = "select request_id, reported_cost_usd from fct_attempts where request_id[1] = 'r'"
    assert sorted(query(warehouse, costs)) == [("r1", 7), ("r9", 5)]
    assert different_tables(warehouse, build_warehouse(landing, arguments=MODELS)) == {}

    files["llm_requests/a.jsonl"] = [mistaken, first_try]
    write(landing, files)
    build_warehouse(landing, warehouse=warehouse, arguments=MODELS)
    retried = "select is_retry from fct_attempts where request_id = 'q1' order by attempt_index"
    assert query(warehouse, retried) == [(False,), (True,)]


def test_removed_files_are_refused_by_name_until_somebody_says_that_they_are_gone(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    files: Files = {
        "llm_requests/a.jsonl": [event("r1", 1, 1, ticketId="T1")],
        "llm_requests/b.jsonl": [event("r2", 2, 2, ticketId="T1")],
        "tickets/a.jsonl": [{"ticketId": "T1", "status": "open", "updatedAt": "2026-03-01"}],
        "tickets/b.jsonl": [{"ticketId": "T1", "status": "closed", "updatedAt": "2026-03-02"}],
    }
    write(landing, files)
    warehouse = build_warehouse(landing, arguments=MODELS)
    for name in ("llm_requests/b.jsonl", "tickets/b.jsonl"):
        del files[name]
    write(landing, files)
    with pytest.raises(DbtError, match=r"(?s)2 files.*llm_requests/b\.jsonl.*tickets/b\.jsonl"):
        build_warehouse(landing, warehouse=warehouse, arguments=MODELS)
    assert query(warehouse, "select count(*) from fct_attempts") == [(2,)]
    build_warehouse(landing, warehouse=warehouse, arguments=MODELS, removed_files="forget")
    assert query(warehouse, "select count(*) from fct_attempts") == [(1,)]
    assert query(warehouse, "select status from int_tickets_current") == [("open",)]
    assert different_tables(warehouse, build_warehouse(landing, arguments=MODELS)) == {}


def test_a_file_that_is_still_written_is_new_again_for_the_next_run(
    build_warehouse: BuildWarehouse, dbt_target: Path, tmp_path: Path
) -> None:
    """Half a last line waits; a file that grows after it was listed comes again."""
    landing = tmp_path / "landing"
    half = json.dumps(event("half", 1, 1))
    write(landing, {"llm_requests/a.jsonl": [event("r1", 1, 1)], "llm_requests/b.jsonl": []})
    first, second = (landing / "llm_requests" / name for name in ("a.jsonl", "b.jsonl"))
    with first.open("a", encoding="utf-8") as file:
        file.write(half[:40])
    in_a_moment = time.time() + 60
    os.utime(first, (in_a_moment, in_a_moment))
    second.write_text(json.dumps(event("r2", 2, 2)) + "\n", encoding="utf-8")
    # Whole, though its last line has no end: it will stay as it is.
    third = landing / "llm_requests" / "c.jsonl"
    third.write_text(json.dumps(event("r4", 4, 4)), encoding="utf-8")
    soon = time.time() + 10
    os.utime(third, (soon, soon))
    grown: list[str] = []

    def grow(seen: Any) -> None:
        if not grown and "int_as_of" in seen.info.msg:
            grown.append("once")
            with second.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event("r3", 3, 3)) + "\n")

    warehouse = tmp_path / "llm_costs.duckdb"
    only = ["--exclude-resource-type=test", "--exclude-resource-type=unit_test"]
    run_dbt(["build", *only, *MODELS], warehouse, dbt_target, landing, on_event=grow)
    assert grown
    requests = "select request_id from fct_attempts order by 1"
    assert query(warehouse, requests) == [("r1",), ("r2",)]
    assert query(warehouse, "select count(*) from rejected_rows") == [(0,)]
    with first.open("a", encoding="utf-8") as file:
        file.write(half[40:] + "\n")
    time.sleep(max(0.0, soon + 3 - time.time()))
    build_warehouse(landing, warehouse=warehouse, arguments=MODELS)
    assert query(warehouse, requests) == [("half",), ("r1",), ("r2",), ("r3",), ("r4",)]
    assert different_tables(warehouse, build_warehouse(landing, arguments=MODELS)) == {}


IDS = [f"r{number}" for number in range(12)]
TICKETS = [f"T{number}" for number in range(5)]


def random_rows(world: random.Random, prefix: str, raw_table: str) -> list[Row]:
    rows: list[Row] = []
    for _ in range(world.randint(1, 4)):
        if raw_table == "llm_requests":
            day = world.randint(1, 28)
            row = event(prefix + world.choice(IDS), day, min(28, day + world.randint(0, 6)))
            row["reportedCostUsd"] = world.randint(1, 99)
            if world.random() < 0.7:
                row["attemptId"] = str(world.randint(1, 2))
            if world.random() < 0.7:
                row["ticketId"] = prefix + world.choice(TICKETS)
            if world.random() < 0.1:
                row["inputTokens"] = -1
        elif raw_table == "tickets":
            row = {
                "ticketId": prefix + world.choice(TICKETS),
                "status": world.choice(["open", "closed", "Resolved", "no such word"]),
                "openedAt": f"2026-03-{world.randint(1, 9):02d}T08:00:00Z",
                # Few moments, so that versions of one ticket often share theirs.
                "updatedAt": f"2026-03-{world.choice([9, 16, 28]):02d}T08:00:00Z",
                "botPublicReplies": 1,
                "humanPublicReplies": world.randint(0, 1),
                "lastCustomerMessageAt": f"2026-03-{world.randint(9, 28):02d}T08:00:00Z",
            }
            if world.random() < 0.2:
                row["mergedIntoTicketId"] = prefix + world.choice(TICKETS)
            if world.random() < 0.2:
                row["followUpOfTicketId"] = prefix + world.choice(TICKETS)
            if world.random() < 0.4:
                row["lastResolvedAt"] = f"2026-03-{world.randint(9, 28):02d}T08:00:00Z"
            if world.random() < 0.3:
                row["lastReopenedAt"] = f"2026-03-{world.randint(9, 28):02d}T08:00:00Z"
            if world.random() < 0.3:
                row["ingestedAt"] = f"2026-03-{world.choice([27, 28, 29])}T08:00:00Z"
        else:
            row = {
                "workflowId": prefix + world.choice(TICKETS),
                "outcome": world.choice(["done", "failed"]),
                "isSuccess": True,
                "completedAt": f"2026-03-{world.randint(9, 28):02d}T08:00:00Z",
            }
        rows.append(row)
    return rows


def corrected(world: random.Random, row: Row) -> Row:
    """A version that says something else of the same moment: a rating that came late, a status."""
    return row | {"csat": world.randint(1, 5), "status": world.choice(["open", "closed"])}


RAW_TABLES = ("llm_requests", "tickets", "workflow_outcomes")


def changed(world: random.Random, prefix: str, files: Files) -> Files:
    """Some files rewritten, with corrected ids or other rows, some removed, one new."""
    after = dict(files)
    for name, rows in files.items():
        fate = world.random()
        if fate < 0.15:
            del after[name]
        elif fate < 0.3:
            after[name] = random_rows(world, prefix, name.split("/")[0])
        elif fate < 0.45:
            key = "ticketId" if "tickets" in name else "externalRequestId"
            others = TICKETS if "tickets" in name else IDS
            after[name] = [
                row | ({key: prefix + world.choice(others)} if key in row else {}) for row in rows
            ]
        elif fate < 0.6 and "tickets" in name:
            after[name] = [corrected(world, row) for row in rows]
        elif fate < 0.75 and "tickets" in name:
            # The same versions once more, and a correction of some, in a file of its own.
            again = [corrected(world, row) if world.random() < 0.5 else row for row in rows]
            after[f"tickets/{prefix}{len(after)}_again.jsonl"] = again
    raw_table = world.choice(RAW_TABLES)
    after[f"{raw_table}/{prefix}{len(after)}_new.jsonl"] = random_rows(world, prefix, raw_table)
    return after


def steps(number: int, builds: int) -> list[Files]:
    world = random.Random(number)  # noqa: S311 - repeatable on purpose
    prefix = f"w{number}_"
    files = {
        f"{raw_table}/{prefix}{file}.jsonl": random_rows(world, prefix, raw_table)
        for raw_table in RAW_TABLES
        for file in range(5 if raw_table == "llm_requests" else 2)
    }
    found = [files]
    for _ in range(builds):
        found.append(changed(world, prefix, found[-1]))
    return found


@pytest.mark.parametrize(
    "worlds", [range(10), pytest.param(range(10, 210), marks=pytest.mark.long)], ids=["10", "200"]
)
def test_any_rewrite_equals_a_full_build(
    build_warehouse: BuildWarehouse, tmp_path: Path, worlds: range
) -> None:
    """Worlds that share no id lie side by side in one folder, so that one build tries them all."""
    landing = tmp_path / "landing"
    warehouse: Path | None = None
    # All models once in a while: they are three times those up to the unit economics.
    models = () if len(worlds) > 10 else MODELS
    for together in zip(*(steps(number, 3) for number in worlds), strict=True):
        write(landing, {name: rows for files in together for name, rows in files.items()})
        warehouse = build_warehouse(
            landing, warehouse=warehouse, arguments=models, removed_files="forget"
        )
    assert warehouse is not None
    assert different_tables(warehouse, build_warehouse(landing, arguments=models)) == {}


def load(warehouse: Path, files: Files) -> None:
    """Tables of a loader with what the files hold: each build finds them as it left them."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema if not exists ops")
        for raw_table in RAW_TABLES:
            rows = [
                row for name, held in sorted(files.items()) if raw_table in name for row in held
            ]
            lines = [(json.dumps(row),) for row in rows]
            connection.execute("create or replace temporary table lines (line varchar)")
            connection.executemany("insert into lines values (?)", lines or [("{}",)])
            names = sorted({name for row in rows for name in row}) or ["tenantId"]
            columns = ", ".join(f"line->>'$.{name}' as \"{name}\"" for name in names)
            connection.execute(
                f"create or replace table ops.{raw_table} as select {columns} from lines"
            )


@pytest.mark.parametrize(
    "worlds",
    [range(400, 406), pytest.param(range(406, 440), marks=pytest.mark.long)],
    ids=["6", "34"],
)
def test_any_correction_in_a_table_equals_a_full_build(
    build_warehouse: BuildWarehouse, tmp_path: Path, worlds: range
) -> None:
    """Which of several rows of one moment counts does not hang on what a run has seen before."""
    warehouse = tmp_path / "llm_costs.duckdb"
    full = tmp_path / "full" / "llm_costs.duckdb"
    full.parent.mkdir()
    tables: dict[str, Any] = {}
    for raw_table in RAW_TABLES:
        tables |= {f"{raw_table}_identifier": raw_table, f"{raw_table}_schema": "ops"}
    arguments = MODELS
    world = random.Random(worlds.start)  # noqa: S311 - repeatable on purpose
    files = {name: rows for number in worlds for name, rows in steps(number, 0)[0].items()}
    for _ in range(3):
        load(warehouse, files)
        build_warehouse(warehouse=warehouse, arguments=arguments, **tables)
        for name, rows in files.items():
            if "tickets" in name:
                kept = [row for row in rows if world.random() < 0.9]
                files[name] = [
                    corrected(world, row) if world.random() < 0.4 else row for row in kept
                ]
    load(warehouse, files)
    build_warehouse(warehouse=warehouse, arguments=arguments, **tables)
    load(full, files)
    build_warehouse(warehouse=full, arguments=arguments, **tables)
    assert different_tables(warehouse, full) == {}


def test_rows_that_a_loader_takes_out_of_a_table_are_found(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Tickets and outcomes are what their table says now; telemetry is counted."""
    warehouse = tmp_path / "llm_costs.duckdb"
    full = tmp_path / "full" / "llm_costs.duckdb"
    full.parent.mkdir()
    tables: dict[str, Any] = {}
    for raw_table in RAW_TABLES:
        tables |= {f"{raw_table}_identifier": raw_table, f"{raw_table}_schema": "ops"}
    kept = [steps(number, 0)[0] for number in range(300, 306)]
    files = {name: rows for world in kept for name, rows in world.items()}
    load(warehouse, files)
    build_warehouse(warehouse=warehouse, arguments=MODELS, **tables)
    gone = {name: rows[1:] for name, rows in files.items()}
    load(warehouse, gone)
    build_warehouse(warehouse=warehouse, arguments=MODELS, **tables)
    load(full, gone)
    build_warehouse(warehouse=full, arguments=MODELS, **tables)
    assert different_tables(warehouse, full) == {}
