"""RAGPulse: a week of a university helpdesk's question-answering bot.

The trace has no ids of requests, no model and no cost: every request gets a synthetic id, and stays
unpriced. Its clock counts seconds from noon, local time; the session ids date that noon to
10 September 2025 in UTC+8, and the rows are landed with that offset.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

from real_data.landing import Row, write_rows

FIRST_NOON = datetime(2025, 9, 10, 12, tzinfo=timezone(timedelta(hours=8)))

# Sessions of the bot's own web page are named <epoch in milliseconds>-<random>. The rest are the
# operators' scripts: python_tester, 123, bare numbers, UUIDs.
CUSTOMER_SESSION = re.compile(r"\d{13}-[0-9a-z]+")


def write_landing(source: Path, landing: Path) -> None:
    with (source / "0_trace.jsonl").open(encoding="utf-8") as lines:
        rows = [request(json.loads(line)) for line in lines if line.strip()]
    write_rows(rows, landing / "llm_requests" / "trace", "jsonl")


def request(event: dict[str, object]) -> Row:
    hash_ids = event["hash_ids"]
    if not isinstance(hash_ids, dict):
        raise TypeError(f"hash_ids is no object: {hash_ids!r}")
    session = str(event["session_id"])
    return {
        "occurred_at": FIRST_NOON + timedelta(seconds=int(str(event["timestamp"]))),
        "conversation_id": session,
        "endpoint_tag": "rag.answer",
        "input_tokens": int(str(event["input_length"])),
        "output_tokens": int(str(event["output_length"])),
        "retrieved_chunks": len(hash_ids["passages_ids"]),
        "status": "success",
        "data_mode": "real" if CUSTOMER_SESSION.fullmatch(session) else "test",
        "environment": "production",
    }
