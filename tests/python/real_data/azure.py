"""Azure LLM inference trace 2023, code assistant: 8,819 requests in an hour, bursts below a second.

Times are landed as they stand in the trace: with seven digits of a second and no zone (UTC). The
trace names no users, models or workflows, so every request is unattributed and unpriced.
"""

from __future__ import annotations

import csv
from pathlib import Path

from real_data.landing import Row, write_rows

TRACE = "AzureLLMInferenceTrace_code.csv"


def write_landing(source: Path, landing: Path) -> None:
    with (source / TRACE).open(encoding="utf-8", newline="") as lines:
        rows = [request(number, row) for number, row in enumerate(csv.DictReader(lines), start=1)]
    write_rows(rows, landing / "llm_requests" / "code", "csv")


def request(number: int, row: dict[str, str]) -> Row:
    return {
        "external_request_id": str(number),
        "occurred_at": row["TIMESTAMP"],
        "endpoint_tag": "dev.generate_patch",
        "input_tokens": int(row["ContextTokens"]),
        "output_tokens": int(row["GeneratedTokens"]),
        "status": "success",
        "data_mode": "real",
        "environment": "production",
    }
