"""What an event says of its tokens, its cost and its end, and what becomes of it: one table of
inputs with their right values, one build.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import connect

BuildWarehouse = Callable[..., Path]
Row = dict[str, Any]

BASE: Row = {
    "occurredAt": "2026-11-02T10:00:00Z",
    "endpointTag": "support.reply",
    "status": "success",
    "dataMode": "real",
    "environment": "prod",
    "provider": "openai",
    "model": "gpt-4.1",
    "inputTokens": 1_000_000,
    "outputTokens": 0,
}

SUCCESS = """success stop STOP stop_sequence tool_calls tool-calls tool_use function_call end_turn
    eos eos_token pause_turn FinishReason.STOP ["stop"] 200""".split()
TRUNCATED = """length max_tokens MAX_TOKENS max_output_tokens model_length FinishReason.MAX_TOKENS
    model_context_window_exceeded""".split()
ERROR = """content_filter content-filter refusal SAFETY RECITATION PROHIBITED_CONTENT SPII timeout
    guardrail_intervened MALFORMED_FUNCTION_CALL error_toxic 529""".split()
UNKNOWN = ["other", "FINISH_REASON_UNSPECIFIED", "incomplete", "302", None]


def statuses() -> dict[str, tuple[Row, Row]]:
    cases = {}
    for words, status, is_truncated in (
        (SUCCESS, "success", False),
        (TRUNCATED, "success", True),
        (ERROR, "error", False),
        (UNKNOWN, "unknown", False),
    ):
        for word in words:
            expected = {"status": status, "is_truncated": is_truncated}
            cases[f"status {word}"] = ({"status": word}, expected)
    return cases


# name: (what the event says beside BASE, the columns of fct_attempts that it gives).
CASES: dict[str, tuple[Row, Row]] = statuses()


@pytest.fixture(scope="module")
def warehouse(build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    landing = tmp_path_factory.mktemp("landing")
    (landing / "llm_requests").mkdir()
    with (landing / "llm_requests" / "a.jsonl").open("w", encoding="utf-8") as file:
        for number, (name, (said, _)) in enumerate(CASES.items()):
            row = BASE | {"externalRequestId": name, "ticketId": f"T-{number}"} | said
            file.write(json.dumps({k: v for k, v in row.items() if v is not None}) + "\n")
    return build_warehouse(
        landing, arguments=("--select", "+fct_attempts", "+attribution_coverage", "+rejected_rows")
    )


def test_every_event_gives_what_it_says(warehouse: Path) -> None:
    with connect(warehouse) as connection:
        cursor = connection.execute("select * from fct_attempts")
        names = [column[0] for column in cursor.description]
        found = {
            row["request_id"]: row
            for row in (dict(zip(names, values, strict=True)) for values in cursor.fetchall())
        }
    wrong = []
    for name, (_, expected) in CASES.items():
        for column, value in expected.items():
            got = found[name][column] if name in found else "no attempt"
            right = Decimal(value) if isinstance(got, Decimal) and value is not None else value
            if got != right:
                wrong.append(f"{name}: {column} is {got}, not {right}")
    assert not wrong, "\n".join(wrong)
