"""What is an id, which events are one attempt, and which are of one request."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from conftest import PROJECT, connect, invoke_dbt, query
from oracle import Settings, TextTieBreaker
from oracle.attempts import build_attempts
from oracle.fields import snake_case
from oracle.raw import RawRow
from oracle.reference import Reference
from warehouses import public_tables

BuildWarehouse = Callable[..., Path]
Row = dict[str, Any]

ZERO_UUID: Final = "00000000-0000-0000-0000-000000000000"
NO_IDS: Final = (
    *("", " ", "none", "None", "NONE", "null", "NULL", "nil", "nan", "NaN", "undefined"),
    *("Undefined", "n/a", "N/A", "-", "0", " 0 ", "\tnone\n", "0.0", ZERO_UUID),
    ZERO_UUID.replace("-", ""),
    *("unknown", "UNKNOWN", "NA", "#N/A", "(null)", "(None)", "<null>", "[]", "{}"),
    *("[object Object]", "${ticket_id}", "${TICKET.ID}", "{{ ticket.id }}", "{ticketId}"),
)
# An id, and how it is read: what looks like a placeholder and is none stays.
IDS: Final = {
    " T-1 ": "T-1",
    "\tT-1\r\n": "T-1",
    "T 1": "T 1",
    "00": "00",
    "0-1": "0-1",
    "--": "--",
    "nobody": "nobody",
    "NA-1": "NA-1",
    "unknown-1": "unknown-1",
    "T-${1": "T-${1",
    "{3f2504e0-4f89-11d3-9a0c-0305e82c330d}": "{3f2504e0-4f89-11d3-9a0c-0305e82c330d}",
    "None-1": "None-1",
    "nullable": "nullable",
    "00000000-0000-0000-0000-000000000001": "00000000-0000-0000-0000-000000000001",
    "1595.0": "1595.0",
    "ä ": "ä",
}


def test_placeholders_are_no_ids(tmp_path: Path) -> None:
    options = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
    options += ["--target-path", str(tmp_path), "--log-path", str(tmp_path)]
    inline = ["compile", "--inline", "{{ to_id('sent') }}", "--log-level-file", "none"]
    read = invoke_dbt([*inline, *options]).results[0].node.compiled_code
    with duckdb.connect() as connection:
        for sent, right in {**dict.fromkeys(NO_IDS), **IDS}.items():
            found = connection.execute(f"select {read} from (select ? as sent)", [sent]).fetchone()
            assert found == (right,), repr(sent)
        for number, right in {0: None, 1595: "1595"}.items():
            found = connection.execute(f"select {read} from (select {number} as sent)").fetchone()
            assert found == (right,)


HOUR: Final = 3600
DAY: Final = 24 * HOUR
ERROR: Final = {"status": "error"}


@dataclass(frozen=True)
class Case:
    """Events that share a request id, and what they are.

    `events` differ from event() in these fields; `at` is when they were, `loaded` when they were
    loaded, both in seconds. `requests` holds the output tokens of each attempt in its order.
    """

    name: str
    events: Sequence[Row]
    requests: Sequence[Sequence[int | None]]
    reused: int = 0
    after_success: int = 0
    missing: int = 0


def out(tokens: int | None, **fields: Any) -> Row:
    return {"outputTokens": tokens, **fields}


def numbered(number: int, tokens: int, **fields: Any) -> Row:
    return out(tokens, attemptNumber=number, **fields)


def named(attempt: str, tokens: int, **fields: Any) -> Row:
    return out(tokens, attemptId=attempt, **fields)


MESSAGE: Final = ((0, 10), (1.755, 10), (2.486, 10), (3.879, 10), (4.58, 10), (5.66, 441))
NO_TICKET: Final = {"ticketId": None}
CASES: Final = (
    # Snapshots
    Case("id_in_one_moment", [named("m", 9), named("m", 10), named("m", 160)], [[160]]),
    Case("a_tie_is_the_longest", [named("m", 5), named("m", 60), named("m", 7)], [[60]]),
    Case("id_at_midnight", [named("m", 5, at=-1), named("m", 9, at=2)], [[9]]),
    Case("number", [numbered(1, 3, loaded=9), numbered(1, 159, loaded=9)], [[159]]),
    Case("stream", [out(3), out(3, at=1), out(159, at=2)], [[159]]),
    Case("stream_in_one_moment", [out(9), out(10), out(160)], [[160]]),
    Case("stream_at_midnight", [out(3, at=-2), out(9, at=1)], [[9]]),
    Case("stream_redelivered", [out(3), out(8, at=2), out(3, loaded=99), out(8, at=2)], [[8]]),
    Case("stream_loaded_backwards", [out(159, at=2, loaded=3), out(3, loaded=99)], [[159]]),
    Case("stream_of_unknown_status", [out(3, status=None), out(9, at=1, status=None)], [[9]]),
    Case("stream_within_minutes", [out(3), out(50, at=300), out(159, at=600)], [[159]]),
    # One message of a coding agent, in six lines of its log.
    Case("message_with_an_id", [named("msg-1", n, at=at) for at, n in MESSAGE], [[441]]),
    Case("message", [out(n, at=at) for at, n in MESSAGE], [[441]]),
    Case("no_stream_gap", [out(3), out(159, at=301)], [[3, 159]], after_success=1),
    Case("no_stream_equal", [out(90), out(90, at=1)], [[90, 90]], after_success=1),
    Case("two_streams", [out(3), out(50, at=1), out(7, at=2), out(90, at=3)], [[50, 90]], 0, 1),
    Case("no_stream_input", [out(3), out(9, at=1, inputTokens=1001)], [[3, 9]], after_success=1),
    Case(
        "no_stream_cache",
        [out(3, cachedInputTokens=1), out(9, at=1, cachedInputTokens=2)],
        [[3, 9]],
        after_success=1,
    ),
    Case("no_stream_model", [out(3), out(9, at=1, model="gpt-4o")], [[3, 9]], after_success=1),
    Case("no_stream_unknown", [out(None), out(9, at=1)], [[None, 9]], after_success=1),
    Case("no_stream_error", [out(0, **ERROR), out(159, at=4)], [[0, 159]]),
    Case(
        "no_stream_over_an_error",
        [out(3), out(5, at=1, **ERROR), out(9, at=2)],
        [[3, 5, 9]],
        after_success=2,
    ),
    Case("no_stream_tickets", [out(3), out(9, at=1, ticketId="other")], [[3], [9]], reused=2),
    # Keys
    Case("number_zero", [numbered(0, 1, **ERROR), numbered(1, 2, at=9)], [[1, 2]]),
    Case("another_load", [out(1), out(1, loaded=DAY)], [[1]]),
    Case("another_cost", [out(1), out(1, loaded=DAY, reportedCostUsd="1.00")], [[1]]),
    Case("another_user", [out(1), out(1, userId="other")], [[1, 1]], after_success=1),
    Case("another_tag", [out(1), out(1, endpointTag="support.classify")], [[1, 1]], 0, 1),
    Case("another_conversation", [out(1), out(1, conversationId="c")], [[1, 1]], after_success=1),
    Case("another_turn", [out(1), out(1, turnIndex=2)], [[1, 1]], after_success=1),
    Case(
        "number_on_another_provider",
        [numbered(1, 0, **ERROR), numbered(1, 7, at=5, provider="anthropic")],
        [[0, 7]],
    ),
    Case(
        "number_on_another_model",
        [numbered(1, 0, **ERROR), numbered(1, 7, at=5, model="gpt-4o")],
        [[0, 7]],
    ),
    Case(
        "correction_of_a_ticket",
        [named("a", 1), named("a", 2, ticketId="other", loaded=DAY)],
        [[2]],
    ),
    Case(
        "correction_of_all",
        [named("a", 1), named("a", 2, tenantId="other", at=3 * DAY, loaded=4 * DAY)],
        [[2]],
    ),
    Case("ids_that_are_none", [numbered(1, 1, attemptId="-"), numbered(1, 2, loaded=99)], [[2]]),
    Case(
        "requests_that_are_none",
        [numbered(1, 1, externalRequestId="None", ticketId=ticket) for ticket in ("a", "b", "c")],
        [[1], [1], [1]],
        missing=3,
    ),
    Case(
        "requests_of_zeros",
        [out(1, externalRequestId=ZERO_UUID, userId=user) for user in ("a", "b")],
        [[1], [1]],
        missing=2,
    ),
    Case(
        "tickets_that_are_none",
        [
            out(n, externalRequestId=f"stranger-{n}", ticketId=ticket)
            for n, ticket in enumerate(("None", "n/a", " NULL "))
        ],
        [[0], [1], [2]],
    ),
    Case("a_trace", [out(n, inputTokens=n, at=n) for n in (1, 2, 3)], [[1, 2, 3]], 0, 2),
    Case("a_retry", [numbered(1, 1, **ERROR), numbered(2, 2, at=9)], [[1, 2]]),
    # Reused ids
    Case(
        "tenants",
        [numbered(1, 1, tenantId="a", **NO_TICKET), numbered(1, 2, tenantId="b", **NO_TICKET)],
        [[1], [2]],
        reused=2,
    ),
    Case("tickets", [numbered(1, 1), numbered(1, 2, ticketId="other")], [[1], [2]], reused=2),
    Case("tickets_alone", [out(1), out(1, ticketId="other")], [[1], [1]], reused=2),
    Case("one_names_none", [numbered(1, 1, **ERROR), numbered(2, 2, at=9, **NO_TICKET)], [[1, 2]]),
    Case(
        "one_names_a_placeholder",
        [numbered(1, 1, tenantId="a", **ERROR), numbered(2, 2, at=9, tenantId="n/a")],
        [[1, 2]],
    ),
    Case(
        "none_is_of_the_first",
        [
            numbered(1, 1, **ERROR),
            numbered(1, 2, ticketId="other", loaded=200),
            numbered(2, 3, at=9, loaded=300, **NO_TICKET),
        ],
        [[1, 3], [2]],
        reused=3,
    ),
    Case(
        "none_is_of_the_first_that_is_loaded",
        [
            numbered(1, 1, loaded=500, **ERROR),
            numbered(1, 2, ticketId="other", loaded=400, **ERROR),
            numbered(2, 3, at=9, loaded=10, **NO_TICKET),
        ],
        [[1], [2, 3]],
        reused=3,
    ),
    Case(
        "halves_do_not_differ",
        [numbered(1, 1, **ERROR), numbered(2, 2, at=9, tenantId="a", **NO_TICKET)],
        [[1, 2]],
    ),
    Case(
        "a_half_is_of_the_first_whole",
        [
            numbered(1, 1, tenantId="a", **ERROR),
            numbered(1, 2, tenantId="b", loaded=200),
            numbered(2, 3, at=9, loaded=300),
        ],
        [[1, 3], [2]],
        reused=3,
    ),
    Case("a_day_later", [numbered(1, 1), numbered(1, 2, at=DAY + 1)], [[1], [2]], reused=2),
    Case("a_day", [numbered(1, 1), numbered(1, 2, at=DAY)], [[2]]),
    Case("months_later", [numbered(1, n, at=n * 10 * DAY) for n in (0, 1)], [[0], [1]], reused=2),
    Case(
        "a_counter_that_begins_again",
        [
            numbered(1, 1, **ERROR),
            numbered(2, 2, at=60),
            numbered(1, 3, at=5 * DAY, **ERROR),
            numbered(2, 4, at=5 * DAY + 60),
        ],
        [[1, 2], [3, 4]],
        reused=4,
    ),
    Case("a_late_retry", [numbered(1, 1, **ERROR), numbered(2, 2, at=30 * HOUR)], [[1, 2]]),
    Case(
        "day_by_day",
        [numbered(1, n, at=n * 20 * HOUR) for n in (0, 1, 2, 3)],
        [[1], [3]],
        reused=2,
    ),
    Case(
        "no_time_was_sent",
        [numbered(1, 1), numbered(1, 2, occurredAt=None, loaded=3 * DAY)],
        [[2]],
    ),
    Case(
        "attempt_ids_of_two_tenants",
        [named("a", 1, tenantId="a", **ERROR), named("b", 2, at=9, tenantId="b")],
        [[1, 2]],
    ),
    Case(
        "attempt_ids_are_of_the_first",
        [
            numbered(1, 1, **ERROR),
            numbered(1, 2, ticketId="other", loaded=200),
            named("a", 3, at=9, ticketId="other"),
        ],
        [[1, 3], [2]],
        reused=3,
    ),
)
FIRST_MONTH: Final = date(2021, 1, 15)


def month_of(case: Case) -> datetime:
    """Each case has a month of its own, and begins at a midnight."""
    months = FIRST_MONTH.month - 1 + (CASES.index(case) if case in CASES else -1)
    return datetime(FIRST_MONTH.year + months // 12, months % 12 + 1, FIRST_MONTH.day)  # noqa: DTZ001


def event(case: Case, changes: Row) -> Row:
    row = dict(changes)
    at = month_of(case) + timedelta(seconds=row.pop("at", 0))
    loaded = row.pop("loaded", None)
    loaded_at = at + timedelta(seconds=60) if loaded is None else month_of(case)
    return {
        "externalRequestId": f"{case.name}-r",
        "occurredAt": at.isoformat(),
        "ingestedAt": (loaded_at + timedelta(seconds=loaded or 0)).isoformat(),
        "provider": "openai",
        "model": "gpt-4.1",
        "endpointTag": "support.reply",
        "promptVersion": case.name,
        "ticketId": f"{case.name}-T",
        "inputTokens": 1000,
        "status": "success",
        "dataMode": "real",
        "environment": "prod",
        "reportedCostUsd": "1",
        **row,
    }


SELECTED: Final = (
    "--select",
    # What the planner compares with is read by no mart.
    "+path:models/run",
    *("+fct_requests", "+redeliveries", "+attribution_coverage", "+near_miss_ids"),
)


@pytest.fixture(scope="module")
def whole(build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    landing = tmp_path_factory.mktemp("whole")
    write_events(landing, "all.jsonl", all_events())
    write_tickets(landing)
    # Data tests too: every row ends in one place, every dollar in one row.
    return build_warehouse(
        landing, arguments=(*SELECTED, "--indirect-selection", "cautious"), data_tests=True
    )


def all_events() -> list[Row]:
    events = [event(case, changes) for case in CASES for changes in case.events]
    return [*events, *near_events(), *random_events()]


# Ids of calls, each of a dollar, ids that the help desk has, and what is seen of them.
NEAR: Final = {
    "1595.0": "1595",
    "007": "7",
    "00081": "81.0",
    "ZD-3312": "3312",
    "ZD-0471": "471",
    "zd-9": "ZD-9",
    "Abc12": "abC12",
    "5e3.0": "5E3",
}
FAR: Final = {
    "1596": "1597",
    "ZD-51": "JIRA-51",
    "61.5": "61",
    "62.00": "62",
    "700": "7000",
    "8f14e45f-ceea-467f-9575-28db2d9a1c01": "8f14e45f-0000-467f-9575-28db2d9a1c01",
    "same": "same",
}
NEAR_MISSES: Final = {
    ("case", 2, "ZD-9 beside zd-9"),
    ("decimal_zero", 2, "1595.0 beside 1595"),
    ("leading_zeros", 2, "00081 beside 81.0"),
    ("prefix", 2, "ZD-0471 beside 471"),
}


def near_events() -> list[Row]:
    case = Case("near", [], [])
    changes = [
        {"ticketId": ticket, "externalRequestId": f"near-{ticket}"} for ticket in (*NEAR, *FAR)
    ]
    return [event(case, each) for each in changes]


RANDOM: Final = "random"


def random_events() -> list[Row]:
    """Events under a few hundred ids that agree and contradict each other in all ways."""
    dice = random.Random(20)  # noqa: S311 - repeatable on purpose
    events: list[Row] = []
    for request in range(400):
        begins = datetime(2020, 3, 1, 12) + timedelta(days=request)  # noqa: DTZ001
        at = begins
        is_named, is_streamed = dice.random() < 0.6, dice.random() < 0.4
        for _ in range(dice.randint(1, 7)):
            steps = (0, 1, 299, 301) if is_streamed else (0, 60, 20 * HOUR, 25 * HOUR, -30 * HOUR)
            at += timedelta(seconds=dice.choice(steps))
            events.append(
                {
                    "externalRequestId": f"{RANDOM}-{request}",
                    "occurredAt": at.isoformat() if dice.random() < 0.95 else None,
                    # No two of them at once: between those only a hash decides.
                    "ingestedAt": (
                        begins + timedelta(days=dice.randint(8, 10), microseconds=len(events))
                    ).isoformat(),
                    "attemptId": dice.choice((None, None, "a", "b")) if is_named else None,
                    "attemptNumber": dice.choice((None, 1, 1, 2)) if is_named else None,
                    "ticketId": dice.choice((f"t{request}", f"t{request}", f"o{request}", None)),
                    "tenantId": dice.choice((None, None, None, "n1", "n2")),
                    "provider": "openai",
                    "model": dice.choice(("gpt-4.1", "gpt-4.1", "gpt-4.1", "gpt-4o")),
                    "inputTokens": dice.choice((10, 10, 10, 10, 11)),
                    "outputTokens": dice.choice((0, 1, 2, 3, 40, 500, None)),
                    "status": dice.choice(("success", "success", "success", "error")),
                    "promptVersion": RANDOM,
                }
            )
    return events


def write_tickets(landing: Path) -> None:
    (landing / "tickets").mkdir()
    known = (*NEAR.values(), *FAR.values(), "None", " n/a")
    lines = ["ticket_id,status", *(f"{ticket},open" for ticket in known)]
    (landing / "tickets" / "all.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_events(landing: Path, file: str, events: Sequence[Row]) -> None:
    folder = landing / "llm_requests"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row) for row in events]
    (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def requests(whole: Path) -> dict[str, list[list[int | None]]]:
    """The output tokens of the attempts of each request, by case."""
    found: defaultdict[str, defaultdict[str, list[int | None]]]
    found = defaultdict(lambda: defaultdict(list))
    attempts = """
        select prompt_version, request_id, output_tokens from fct_attempts
        order by request_id, attempt_index
    """
    for name, request, tokens in query(whole, attempts):
        found[name][request].append(tokens)
    return {name: list(each.values()) for name, each in found.items()}


@pytest.fixture(scope="module")
def coverage(whole: Path) -> dict[tuple[date, str], Decimal]:
    sql = """
        select period_start, status, sum(cost_usd) from attribution_coverage
        where period_grain = 'month' and dimension = 'request_id' group by all
    """
    return {(month, status): cost for month, status, cost in query(whole, sql)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_events_are_the_attempts_and_requests_that_they_are(
    requests: dict[str, list[list[int | None]]],
    coverage: dict[tuple[date, str], Decimal],
    case: Case,
) -> None:
    assert sorted(requests[case.name], key=str) == sorted(map(list, case.requests), key=str)
    attempts = sum(map(len, case.requests))
    months = {month_of(case).date().replace(day=1)}
    shown = {
        status: sum(coverage.get((month, status), 0) for month in months)
        for status in ("reused_id", "attempts_after_a_success", "missing", "known")
    }
    flagged = case.reused + case.after_success + case.missing
    assert list(shown.values()) == [
        *(case.reused, case.after_success, case.missing),
        attempts - flagged,
    ]


def test_random_events_are_what_the_rules_say(whole: Path) -> None:
    rows = [
        RawRow({snake_case(k): str(v) for k, v in row.items() if v is not None}, "", line)
        for line, row in enumerate(random_events())
    ]
    attempts, redeliveries = build_attempts(rows, Reference(), Settings(), TextTieBreaker())
    expected: defaultdict[str, defaultdict[str, list[Any]]]
    found: defaultdict[str, defaultdict[str, list[Any]]]
    expected = defaultdict(lambda: defaultdict(list))
    found = defaultdict(lambda: defaultdict(list))
    for each in attempts:
        row = each.row
        said = (each.occurred_at, row.get("ticket_id"), row.get("tenant_id"), row.get("attempt_id"))
        tokens = (each.tokens["input_tokens"], each.tokens["output_tokens"])
        place = (each.attempt_number, each.model, each.status)
        expected[str(row.get("external_request_id"))][each.request_id].append(
            (*said, *place, *tokens)
        )
    sql = f"""
        select
            coalesce(reused_request_id, request_id), request_id, occurred_at, ticket_id, tenant_id,
            attempt_id, attempt_number, model, status, input_tokens, output_tokens
        from fct_attempts where prompt_version = '{RANDOM}'
    """
    for sent, request, *shown in query(whole, sql):
        found[sent][request].append(tuple(shown))
    assert len(attempts) > 1000
    assert len(redeliveries) > 100
    for sent, requests in expected.items():
        right = sorted((sorted(each, key=str) for each in requests.values()), key=str)
        assert sorted((sorted(each, key=str) for each in found[sent].values()), key=str) == right, (
            sent
        )


def test_strangers_are_no_case_and_no_ticket(whole: Path) -> None:
    sql = """
        select distinct workflow_id, unattributed_reason from fct_attempts
        where prompt_version = 'tickets_that_are_none'
    """
    assert query(whole, sql) == [(None, "no_workflow_id")]
    # The help desk has two rows without an id: they are rejected.
    sql = "select count(*) from stg_helpdesk__tickets where ticket_id is null"
    assert query(whole, sql) == [(2,)]
    sql = "select count(*) from fct_tickets where lower(trim(ticket_id)) in ('none', 'null', 'n/a')"
    assert query(whole, sql) == [(0,)]


def test_ids_that_may_be_one_are_seen_and_not_joined(whole: Path) -> None:
    sql = "select difference, near_misses, example from near_miss_ids where id_kind = 'ticket'"
    assert set(query(whole, sql)) == NEAR_MISSES
    costs = "select distinct attempts, cost_usd from near_miss_ids where id_kind = 'ticket'"
    assert query(whole, costs) == [(2, 2)]
    cases = """
        select count(*) from fct_tickets
        where ticket_id in (select unnest($1)) and cost_usd = 1
    """
    with connect(whole) as connection:
        assert connection.execute(cases, [[*NEAR, *FAR]]).fetchall() == [(len(NEAR) + len(FAR),)]


def test_any_order_of_arrival_gives_the_same(
    build_warehouse: BuildWarehouse, tmp_path: Path, whole: Path
) -> None:
    events = all_events()
    random.Random(7).shuffle(events)  # noqa: S311 - repeatable on purpose
    write_tickets(tmp_path)
    warehouse = None
    for part in range(2):
        write_events(tmp_path, f"{part}.jsonl", events[part::2])
        warehouse = build_warehouse(tmp_path, warehouse=warehouse, arguments=SELECTED)
    assert warehouse is not None
    # Where a row came from is all that may differ.
    for table in public_tables(whole):
        columns = "* exclude (source_file, source_line)"
        if table not in ("redeliveries", "rejected_rows"):
            columns = "* exclude (source_file)" if table == "fct_attempts" else "*"
        sql = f"select columns({columns})::varchar from {table} order by all"
        assert query(warehouse, sql) == query(whole, sql), table
