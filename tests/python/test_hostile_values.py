"""Values that read like separators, sentinels and labels go through a whole build, and a next run.

Every data test passes, nothing is merged that differs, nothing is shown twice, and every dollar of
the input is in every mart that shares the total.
"""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import borders
import pytest
from conftest import Builder, query

SIGNS: Final = (
    "~",
    "|",
    "unknown",
    "missing",
    "all",
    "~unknown",
    "a|b",
    "NULL",
    "=1",
    "ä~",
    None,
    "",
)
# The same text by the old way of joining parts: request, attempt id.
REQUESTS: Final = (
    ("r", "1|id:x"),
    ("r|id:1", "x"),
    ("r|id:1|id:x", None),
    ("r", "1"),
    ("r|", "1"),
    ("r", "|1"),
    ("1:r", "x"),
    ("r", "~"),
    ("r", None),
    ("r~", None),
    ("~", "~"),
    ("|", "|"),
    ("", "solo"),
    (None, "id:solo"),
    ("synthetic-", "x"),
    ("synthetic-sent-", "x"),
)


def event(number: int, day: int, **fields: Any) -> dict[str, Any]:
    """An event of a cost that no other has, so that a lost or doubled one shows."""
    return {
        "externalRequestId": f"e{number}",
        "occurredAt": f"2026-03-{day:02}T{number % 24:02}:00:00Z",
        "ingestedAt": f"2026-03-{day:02}T23:59:00Z",
        "provider": "openai",
        "model": "gpt-4.1",
        "endpointTag": "support.reply",
        "userId": f"u{number % 3}",
        "tenantId": "acme",
        "ticketId": f"T{number % 7}",
        "dataMode": "real",
        "environment": "prod",
        "inputTokens": 1000 + number,
        "outputTokens": 100,
        "status": "success",
        "reportedCostUsd": f"0.{2 ** (number % 20) + 1_000_000 * number:012}",
        **fields,
    }


def hostile_events() -> list[dict[str, Any]]:
    events = []
    number = itertools.count()
    fields = (
        "tenantId",
        "endpointTag",
        "promptVersion",
        "userId",
        "queue",
        "intent",
        "model",
        "provider",
        "stage",
    )
    for day in (2, 9, 10):
        for field in fields:
            words = (*SIGNS, "start", "(others)", "(unknown users)", "(no user id)", "~start")
            events += [event(next(number), day, **{field: word}) for word in words]
        # All at once, and in the ids of what the call was for.
        events += [
            event(
                next(number),
                day,
                tenantId=one,
                endpointTag=other,
                promptVersion=one,
                stage=other,
                turnIndex=1,
                toolName=one,
                toolInputHash=other,
                retrievalConfig=one,
                retrievalHit=True,
            )
            for one, other in itertools.product(("~", "|", "unknown", None, ""), repeat=2)
        ]
        events += [
            event(next(number), day, ticketId=word, conversationId=f"{word}|", workflowId="~")
            for word in SIGNS
        ]
    for request, attempt in REQUESTS:
        events.append(event(next(number), 10, externalRequestId=request, attemptId=attempt))
    # A first try without a provider, and a second by one that is called like nothing.
    for provider in (None, "~"):
        events.append(
            event(
                next(number),
                10,
                externalRequestId="fallback",
                attemptId=str(provider),
                provider=provider,
            )
        )
    return events


def write(landing: Path, name: str, events: list[Any]) -> None:
    file = landing / "llm_requests" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [line if isinstance(line, str) else json.dumps(line) for line in events]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def total(events: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(row["reportedCostUsd"]) for row in events), Decimal(0))


def assert_conserved(warehouse: Path, events: list[dict[str, Any]]) -> None:
    assert query(warehouse, "select count(*), sum(cost_usd) from fct_attempts") == [
        (len(events), total(events))
    ]
    for mart in (
        "(select cost_usd from tenant_share where period_grain = 'month')",
        "(select cost_usd from endpoint_economics where period_grain = 'month')",
        "endpoint_hours",
        "fct_requests",
        "int_user_endpoint_days",
    ):
        cost = "known_cost_usd" if mart.startswith("int_") else "cost_usd"
        assert query(warehouse, f"select sum({cost}) from {mart}") == [(total(events),)], mart


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("landing")


def test_hostile_values_lose_and_merge_nothing(build_warehouse: Builder, landing: Path) -> None:
    events = hostile_events()
    write(landing, "~a|b.jsonl", [*events, "{", "~|~", '"|"'])
    versions = ("~", "|", "unknown", "a|b")
    tickets = landing / "tickets" / "ä.jsonl"
    tickets.parent.mkdir()
    tickets.write_text(
        "\n".join(
            json.dumps(
                {
                    "ticketId": word,
                    "tenantId": word,
                    "queue": word,
                    "status": "closed",
                    "openedAt": "2026-03-01",
                    "updatedAt": "2026-03-11",
                    "botPublicReplies": 1,
                    "humanPublicReplies": 0,
                }
            )
            for word in versions
        )
        + "\n",
        encoding="utf-8",
    )
    warehouse = build_warehouse(landing)
    assert_conserved(warehouse, events)
    # A handful of calls is too little to be judged, and its marts agree.
    assert not borders.check(warehouse).findings
    assert query(warehouse, "select count(distinct attempt_key) from fct_attempts") == [
        (len(events),)
    ]
    # Three lines that are none, and the ticket that is called unknown, which is no id.
    assert query(warehouse, "select count(distinct rejected_row_key) from rejected_rows") == [(4,)]
    fallbacks = (
        "select is_fallback from fct_attempts where request_id = 'fallback' order by attempt_index"
    )
    assert query(warehouse, fallbacks) == [(False,), (True,)]
    # One row for what says unknown and what says nothing; one for each other word.
    tenants = """
        select tenant_id, count(*) from tenant_share
        where period_grain = 'month' and tenant_id in ('unknown', '~', '~unknown', '|')
        group by all order by 1
    """
    assert query(warehouse, tenants) == [("unknown", 1), ("|", 1), ("~", 1), ("~unknown", 1)]
    stages = (
        "select distinct previous_stage from stage_transitions where previous_stage like '%start'"
    )
    assert ("start",) in query(warehouse, stages)

    # A next run takes in one more file, with the same words on one of the days and on another.
    more = [
        event(10_000 + number, 10 + number % 2, tenantId=word, promptVersion=word, stage=word)
        for number, word in enumerate((*SIGNS, "start"))
    ]
    write(landing, "|~.jsonl", [*more, "~"])
    build_warehouse(landing, warehouse=warehouse, data_tests=True)
    assert_conserved(warehouse, [*events, *more])
