"""tau2-bench: simulated support tickets with every LLM call, its reported cost, and the outcome.

Four runs become four projects of one company, each landed in another format. The agent's calls are
production; the calls of the simulated customer go to the same tickets as test traffic, so that they
are counted beside the reports and never in them. Times carry no zone in the source; they are taken
as UTC.

What a ticket's outcome is, in the words of the help desk:

- reward 1: closed and not escalated, so resolved. That includes the tickets that the agent handed
  to a human with reward 1 (one of f25, two of f26): the benchmark says that the hand-over was the
  right end, and its totals count them as resolved. A company that counts hand-overs as escalations
  would see 9 and 32 resolved tickets in f25 and f26, not 10 and 34.
- reward 0, handed over: escalated.
- reward 0, not handed over: closed by the bot with a customer who did not get what they asked for,
  which a help desk sees as a csat of 1.

How many replies a human sent after a hand-over is not in the data, and stays unknown.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from real_data.landing import Format, Row, write_rows

RUNS = ("f18", "f19", "f25", "f26")
FORMATS: dict[str, tuple[Format, bool]] = {
    "f18": ("jsonl", False),
    "f19": ("csv", False),
    "f25": ("jsonl", True),
    "f26": ("parquet", False),
}
REDELIVERED_RUN = "f25"

ENDPOINT = {"agent": "support.reply", "user_sim": "simulation.customer"}
DATA_MODE = {"agent": "real", "user_sim": "test"}


@dataclass(frozen=True)
class Golden:
    """What the benchmark reports of one run."""

    tickets: int
    calls: int
    resolved: int
    agent_cost_usd: Decimal
    user_cost_usd: Decimal


def golden_totals(source: Path) -> dict[str, Golden]:
    return {
        row["file_id"]: Golden(
            tickets=int(row["sims"]),
            calls=int(row["llm_calls"]),
            resolved=int(row["resolved"]),
            agent_cost_usd=Decimal(row["reported_agent_cost_usd"]),
            user_cost_usd=Decimal(row["reported_user_cost_usd"]),
        )
        for row in read_csv(source / "golden_totals.csv")
    }


def write_landing(source: Path, landing: Path) -> None:
    """All runs in one landing folder; the calls of one run arrive twice, an hour apart."""
    calls = list(read_csv(source / "llm_calls.csv"))
    simulations = list(read_csv(source / "simulations.csv"))
    messages = Counter(
        call["simulation_id"]
        for call in calls
        if call["role"] == "agent" and call["n_tool_calls"] == "0"
    )
    for run in RUNS:
        file_format, camel_case = FORMATS[run]
        of_run = [call for call in calls if call["file_id"] == run]
        deliveries = (
            (timedelta(0), timedelta(hours=1)) if run == REDELIVERED_RUN else (timedelta(0),)
        )
        for number, delay in enumerate(deliveries, start=1):
            write_rows(
                [request(call, delay) for call in of_run],
                landing / "llm_requests" / run / f"delivery_{number}",
                file_format,
                camel_case=camel_case,
            )
        write_rows(
            [
                ticket(simulation, messages[simulation["simulation_id"]])
                for simulation in simulations
                if simulation["file_id"] == run
            ],
            landing / "tickets" / run / "tickets",
            file_format,
            camel_case=camel_case,
        )


def request(call: dict[str, str], delay: timedelta) -> Row:
    occurred_at = utc(call["timestamp"])
    return {
        "external_request_id": f"{call['simulation_id']}:{call['call_idx']}",
        "occurred_at": occurred_at,
        "ingested_at": occurred_at + delay,
        "provider": "openai",
        "model": call["model"],
        "endpoint_tag": ENDPOINT[call["role"]],
        "ticket_id": call["simulation_id"],
        "queue": call["domain"],
        "input_tokens": int(call["prompt_tokens"]),
        "cached_input_tokens": count(call["cache_read_tokens"]),
        "cache_write_tokens": count(call["cache_creation_tokens"]),
        "output_tokens": int(call["completion_tokens"]),
        "status": "success",
        "data_mode": DATA_MODE[call["role"]],
        "environment": "production",
        "usage_source": "provider",
        "reported_cost_usd": reported_cost(call["cost_usd"]),
        "turn_index": int(call["turn_idx"]),
    }


def ticket(simulation: dict[str, str], messages: int) -> Row:
    ended_at = utc(simulation["end_time"])
    resolved = float(simulation["reward"]) == 1
    handed_over = simulation["transferred_to_human"] == "True"
    escalated = handed_over and not resolved
    return {
        "ticket_id": simulation["simulation_id"],
        "tenant_id": simulation["domain"],
        "channel": "chat",
        "queue": simulation["domain"],
        "project": simulation["file_id"],
        "status": "open" if escalated else "closed",
        "opened_at": utc(simulation["start_time"]),
        "last_resolved_at": ended_at if resolved else None,
        "closed_at": None if escalated else ended_at,
        "escalated_at": ended_at if escalated else None,
        "human_public_replies": None if handed_over else 0,
        "bot_public_replies": messages,
        "csat": None if resolved or escalated else 1,
        "updated_at": ended_at,
    }


def reported_cost(text: str) -> Decimal | None:
    """Exact to 12 places; the trace says 0 for a call that its gateway could not price."""
    cost = Decimal(text or 0).quantize(Decimal("1e-12"))
    return cost or None


def count(text: str) -> int | None:
    return int(text) if text else None


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
