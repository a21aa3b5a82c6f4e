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


def rewrite(landing: Path, name: str, rows: list[Row]) -> None:
    """Make a file hold these rows; one that holds them already is not touched."""
    path = landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = "".join(json.dumps(row) + "\n" for row in rows)
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")


def write(landing: Path, files: Files) -> None:
    """Make the folder hold these files and no other."""
    for path in [path for path in landing.rglob("*") if path.is_file()]:
        if str(path.relative_to(landing)) not in files:
            path.unlink()
    for name, rows in files.items():
        rewrite(landing, name, rows)


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


def test_a_file_may_be_corrected_put_back_taken_away_and_still_be_written(
    build_warehouse: BuildWarehouse, dbt_target: Path, tmp_path: Path
) -> None:
    """Each in a file of its own, so that one build tries them all."""
    landing = tmp_path / "landing"
    one = {"attemptId": "1"}
    # An older delivery comes back when the newer one was a mistake: it lies in a file that has
    # not changed, on another date; and a retry stays a retry.
    mistaken = event("r1", 1, 5, reportedCostUsd=5, **one)
    first_try, retry = event("q1", 1, 5, **one), event("q1", 2, 5, attemptId="2")
    as_it_was = [mistaken, first_try]
    files: Files = {
        "llm_requests/a.jsonl": as_it_was,
        "llm_requests/b.jsonl": [event("r1", 2, 3, reportedCostUsd=7, **one), retry],
        "llm_requests/stays.jsonl": [event("g1", 11, 11, ticketId="T1")],
        "llm_requests/goes.jsonl": [event("g2", 12, 12, ticketId="T1")],
        "tickets/stays.jsonl": [{"ticketId": "T1", "status": "open", "updatedAt": "2026-03-11"}],
        "tickets/goes.jsonl": [{"ticketId": "T1", "status": "closed", "updatedAt": "2026-03-12"}],
    }
    # Half a last line waits; a file that grows after it was listed comes again.
    half = json.dumps(event("w_half", 21, 21))
    written = {
        "llm_requests/half.jsonl": json.dumps(event("w1", 21, 21)) + "\n" + half[:40],
        "llm_requests/grows.jsonl": json.dumps(event("w2", 22, 22)) + "\n",
        # Whole, though its last line has no end: it will stay as it is.
        "llm_requests/no_end.jsonl": json.dumps(event("w4", 24, 24)),
    }
    write(landing, files)
    soon = time.time() + 10
    for name, text in written.items():
        (landing / name).write_text(text, encoding="utf-8")
    os.utime(landing / "llm_requests/half.jsonl", (soon + 50, soon + 50))
    os.utime(landing / "llm_requests/no_end.jsonl", (soon, soon))
    grown: list[str] = []

    def add(name: str, text: str) -> None:
        with (landing / name).open("a", encoding="utf-8") as file:
            file.write(text)

    def grow(seen: Any) -> None:
        if not grown and "int_as_of" in seen.info.msg:
            grown.append("once")
            add("llm_requests/grows.jsonl", json.dumps(event("w3", 23, 23)) + "\n")

    def build(**variables: Any) -> None:
        build_warehouse(landing, warehouse=warehouse, arguments=MODELS, **variables)

    warehouse = tmp_path / "llm_costs.duckdb"
    only = ["--exclude-resource-type=test", "--exclude-resource-type=unit_test"]
    run_dbt(["build", *only, *MODELS], warehouse, dbt_target, landing, on_event=grow)
    assert grown
    requests = "select request_id from fct_attempts where request_id[1] = 'w' order by 1"
    assert query(warehouse, requests) == [("w1",), ("w2",)]
    assert query(warehouse, "select count(*) from rejected_rows") == [(0,)]

    add("llm_requests/half.jsonl", half[40:] + "\n")
    rewrite(
        landing,
        "llm_requests/a.jsonl",
        [mistaken | {"externalRequestId": "r9"}, first_try | {"externalRequestId": "q9"}],
    )
    time.sleep(max(0.0, soon + 3 - time.time()))
    build()
    assert query(warehouse, requests) == [("w1",), ("w2",), ("w3",), ("w4",), ("w_half",)]
    costs = "select request_id, reported_cost_usd from fct_attempts where request_id[1] = 'r'"
    assert sorted(query(warehouse, costs)) == [("r1", 7), ("r9", 5)]

    # Removed files are refused by name until somebody says that they are gone.
    rewrite(landing, "llm_requests/a.jsonl", as_it_was)
    for name in ("llm_requests/goes.jsonl", "tickets/goes.jsonl"):
        (landing / name).unlink()
    with pytest.raises(
        DbtError, match=r"(?s)2 files.*llm_requests/goes\.jsonl.*tickets/goes\.jsonl"
    ):
        build()
    gone = "select count(*) from fct_attempts where request_id[1] = 'g'"
    assert query(warehouse, gone) == [(2,)]
    build(removed_files="forget")
    assert query(warehouse, gone) == [(1,)]
    assert query(warehouse, "select status from int_tickets_current") == [("open",)]
    retried = "select is_retry from fct_attempts where request_id = 'q1' order by attempt_index"
    assert query(warehouse, retried) == [(False,), (True,)]
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
    # All models and more steps once in a while: they take three times as long.
    models, rewrites = (MODELS, 2) if len(worlds) == 10 else ((), 3)
    for together in zip(*(steps(number, rewrites) for number in worlds), strict=True):
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
def test_any_row_that_a_loader_corrects_or_takes_out_of_a_table_equals_a_full_build(
    build_warehouse: BuildWarehouse, tmp_path: Path, worlds: range
) -> None:
    """Which of several rows of one moment counts does not hang on what a run has seen before."""
    warehouse = tmp_path / "llm_costs.duckdb"
    full = tmp_path / "full" / "llm_costs.duckdb"
    full.parent.mkdir()
    tables: dict[str, Any] = {}
    for raw_table in RAW_TABLES:
        tables |= {f"{raw_table}_identifier": raw_table, f"{raw_table}_schema": "ops"}
    world = random.Random(worlds.start)  # noqa: S311 - repeatable on purpose
    files = {name: rows for number in worlds for name, rows in steps(number, 0)[0].items()}
    for _ in range(2 if len(worlds) == 6 else 3):
        load(warehouse, files)
        build_warehouse(warehouse=warehouse, arguments=MODELS, **tables)
        for name, rows in files.items():
            # Tickets and outcomes are what their table says now; telemetry is counted.
            kept = [row for row in rows if world.random() < 0.9]
            files[name] = [
                corrected(world, row) if "tickets" in name and world.random() < 0.4 else row
                for row in kept
            ]
    load(warehouse, files)
    build_warehouse(warehouse=warehouse, arguments=MODELS, **tables)
    load(full, files)
    build_warehouse(warehouse=full, arguments=MODELS, **tables)
    assert different_tables(warehouse, full) == {}
