"""The demo generator: repeatable, equal to what is committed, and honest about what it planted."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from generate_demo import main

PROJECT = Path(__file__).resolve().parents[2]
WRITTEN = [
    "seeds/raw/llm_requests.csv",
    "seeds/raw/tickets.csv",
    "seeds/raw/workflow_outcomes.csv",
    "seeds/raw/provider_invoices.csv",
    "seeds/reference/tenant_users.csv",
    "tests/expected/planted_incidents.csv",
    "tests/expected/planted_rows.csv",
]
KINDS = {
    "prompt_regression", "prompt_improvement", "harmless_release", "verbosity", "context_creep",
    "top_k_drift", "retry_storm", "abuse_burst", "tenant_dominance", "routing_drift",
    "budget_crossed",
}  # fmt: skip
SPIKES = {
    "none", "abuse", "deploy", "token", "loop", "retry_storm", "volume", "data_or_price", "mixed",
}  # fmt: skip
Rows = list[dict[str, str]]


def rows_of(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert main(["--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def requests(demo: Path) -> Rows:
    return rows_of(demo / WRITTEN[0])


@pytest.fixture(scope="module")
def tickets(demo: Path) -> Rows:
    return rows_of(demo / WRITTEN[1])


@pytest.fixture(scope="module")
def planted(demo: Path) -> dict[tuple[str, str], int]:
    return {
        (row["raw_table"], row["kind"]): int(row["rows"])
        for row in rows_of(demo / "tests/expected/planted_rows.csv")
    }


def test_same_seed_same_bytes(demo: Path, tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path)]) == 0
    assert digests(tmp_path) == digests(demo)


def test_another_seed_is_another_company(demo: Path, tmp_path: Path) -> None:
    assert main(["--seed", "14", "--out", str(tmp_path)]) == 0
    assert digests(tmp_path)[WRITTEN[0]] != digests(demo)[WRITTEN[0]]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_committed_is_what_the_generator_writes(demo: Path, name: str) -> None:
    assert (PROJECT / name).read_bytes() == (demo / name).read_bytes(), (
        f"{name} differs: run `python scripts/generate_demo.py` and commit the result"
    )


def test_sizes(demo: Path, requests: Rows, tickets: Rows) -> None:
    assert (demo / WRITTEN[0]).stat().st_size < 3_200_000
    assert 11_500 <= len(requests) <= 14_000
    assert len(tickets) > 1_000
    occurred = [
        row["occurred_at"][:10] for row in requests if row["occurred_at"].startswith("2026")
    ]
    assert min(occurred) == "2026-07-06"
    assert max(occurred) == "2026-10-25"


def test_rows_are_in_the_order_of_delivery(requests: Rows) -> None:
    delivered = [row["ingested_at"] for row in requests if row["ingested_at"]]
    assert delivered == sorted(delivered)


def is_token_error(row: dict[str, str]) -> str | None:
    for name in ("input_tokens", "output_tokens"):
        try:
            number = float(row[name] or 0)
        except ValueError:
            return "text_token_count"
        if number < 0:
            return "negative_token_count"
        if number != int(number):
            return "fractional_token_count"
    return None


def count_requests(requests: Rows, known_users: set[str], known_tags: set[str]) -> Counter[str]:
    """Every kind that can be told from the file alone, counted without the generator's help."""
    found: Counter[str] = Counter(all=len(requests))
    for row in requests:
        if row["corrupt_record"]:
            found["unparsable_line"] += 1
            continue
        error = is_token_error(row)
        if error:
            found[error] += 1
            continue
        tokens = {
            k: float(row[k] or 0)
            for k in ("input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens")
        }
        if row["uncached_input_tokens"]:
            tokens["input_tokens"] = (
                float(row["uncached_input_tokens"])
                + tokens["cached_input_tokens"]
                + tokens["cache_write_tokens"]
            )
        user = row["user_id"]
        occurred, ingested = row["occurred_at"], row["ingested_at"]
        in_time = occurred.startswith("2026") and bool(ingested)
        checks = {
            "no_usable_time": not occurred and not ingested,
            "no_occurred_at": not occurred and bool(ingested),
            "no_ingested_at": bool(occurred) and not ingested,
            "unparsable_occurred_at": bool(occurred) and not occurred.startswith("2026"),
            "late": in_time
            and datetime.fromisoformat(ingested) - datetime.fromisoformat(occurred)
            > timedelta(days=1),
            "no_external_request_id": not row["external_request_id"],
            "missing_status": not row["status"],
            "unknown_status": row["status"] == "done-ish",
            "status_spelled_otherwise": row["status"] == " OK ",
            "environment_spelled_otherwise": row["environment"] == "Production",
            "unknown_tag": row["endpoint_tag"].strip().lower() not in known_tags,
            "tag_spelled_otherwise": row["endpoint_tag"] != row["endpoint_tag"].strip(),
            "cached_above_input": tokens["cached_input_tokens"] > tokens["input_tokens"],
            "total_disagrees": bool(row["total_tokens"])
            and int(row["total_tokens"]) != tokens["input_tokens"] + tokens["output_tokens"],
            "missing_prompt_version": not row["prompt_version"],
            "raw_email_user_id": "@" in user,
            "raw_phone_user_id": user.startswith("+"),
            "raw_name_user_id": " " in user and not user.startswith("+"),
            "missing_user_id": not user,
            "unpriced_model": row["provider"] == "selfhosted",
            "dated_model_id": row["model"].endswith("-2026-06-18"),
            "no_workflow_id": not (
                row["ticket_id"] or row["conversation_id"] or row["workflow_id"]
            ),
            "estimated_usage": row["usage_source"] == "estimated",
            "whole_decimal_token_count": row["output_tokens"].endswith(".0"),
            "no_usage": not row["input_tokens"]
            and not row["uncached_input_tokens"]
            and not row["output_tokens"],
            "data_mode_test": row["data_mode"] == "test",
            "data_mode_demo": row["data_mode"] == "demo",
            "environment_dev": row["environment"] == "dev",
            "unlabelled_scope": not row["data_mode"] and not row["environment"],
            "attempt_number_over_1": row["attempt_number"] not in ("", "1"),
            "reported_cost": bool(row["reported_cost_usd"]),
            "uncached_input": bool(row["uncached_input_tokens"]),
            "one_hour_cache_write": bool(row["cache_write_1h_tokens"]),
            "cache_hit": row["is_cache_hit"] == "true",
            "tool_fee": bool(row["tool_fee_usd"]),
            "reported_in_dollars": row["reported_cost_currency"] == "USD",
            "reported_without_rate": row["reported_cost_currency"] == "EUR",
            "reported_zero": row["reported_cost_usd"] == "0",
            "unreadable_reported_cost": "," in row["reported_cost_usd"],
            "placeholder_user_id": user == "undefined",
            "placeholder_tenant_id": row["tenant_id"] == "null",
            "finish_reason_for_status": row["status"] == "stop",
            "truncated": row["status"] == "length",
            "gateway_model_name": row["provider"] == "openrouter",
            "provider_spelled_otherwise": row["provider"] == "openai.responses",
            "unreadable_latency": row["latency_ms"].endswith("ms"),
            "near_miss_ticket_id": row["ticket_id"].startswith("t-"),
            "unknown_user": bool(user) and user not in known_users and not row["tenant_id"],
        }
        found.update(kind for kind, holds in checks.items() if holds)
    return found


def test_planted_request_rows_are_in_the_file(
    demo: Path, requests: Rows, planted: dict[tuple[str, str], int]
) -> None:
    users = {row["user_id"] for row in rows_of(demo / "seeds/reference/tenant_users.csv")}
    tags = {row["tag"] for row in rows_of(PROJECT / "seeds/reference/endpoint_taxonomy.csv")}
    found = count_requests(requests, users, tags)
    not_in_one_row = {"redelivery", "redelivery_with_conflict", "ticket_without_row"}
    # Rejected rows may be retries or of an unknown user: these two counts include them.
    loose = {"attempt_number_over_1", "unknown_user"}
    for (table, kind), count in planted.items():
        if table != "llm_requests" or kind in not_in_one_row:
            continue
        tolerance = 12 if kind in loose else 0
        assert abs(found[kind] - count) <= tolerance, kind


def test_redeliveries(requests: Rows, planted: dict[tuple[str, str], int]) -> None:
    payloads: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for row in requests:
        if row["external_request_id"] and row["attempt_number"]:
            key = (row["external_request_id"], row["attempt_number"])
            payload = tuple(value for name, value in row.items() if name != "ingested_at")
            payloads.setdefault(key, []).append(payload)
    again = [each for each in payloads.values() if len(each) > 1]
    conflicts = [each for each in again if len(set(each)) > 1]
    assert sum(len(each) - 1 for each in again) == planted["llm_requests", "redelivery"]
    assert len(conflicts) == planted["llm_requests", "redelivery_with_conflict"]


def test_planted_tickets_are_in_the_file(
    requests: Rows, tickets: Rows, planted: dict[tuple[str, str], int]
) -> None:
    known = {row["ticket_id"] for row in tickets}
    lost = [row for row in requests if row["ticket_id"] and row["ticket_id"] not in known]
    assert len(lost) == planted["llm_requests", "ticket_without_row"]
    target = {
        r["ticket_id"]: r["merged_into_ticket_id"] for r in tickets if r["merged_into_ticket_id"]
    }
    in_cycle = [each for each in target if target.get(target[each]) == each]
    merges = ("merged_into_another", "merged_in_chain", "merged_in_cycle")
    assert len(target) == sum(planted["tickets", kind] for kind in merges)
    assert len(in_cycle) == planted["tickets", "merged_in_cycle"]
    flaws = {
        "unknown_ticket_status": ("status", "erledigt"),
        "ticket_status_spelled_otherwise": ("status", " Closed"),
        "unreadable_csat": ("csat", "very good"),
    }
    for kind, (column, value) in flaws.items():
        assert sum(row[column] == value for row in tickets) == planted["tickets", kind]
    solved = [row["last_resolved_at"] for row in tickets if row["last_resolved_at"]]
    days_first = [text for text in solved if text[2] == "-"]
    assert len(days_first) == planted["tickets", "unreadable_ticket_time"]
    assert sum(text.isdigit() for text in solved) == planted["tickets", "epoch_ticket_time"]
    for kind in ("is_spam", "is_test"):
        assert sum(row[kind] == "true" for row in tickets) >= planted["tickets", kind] > 0
    no_key = [row for row in tickets if not row["ticket_id"] and not row["corrupt_record"]]
    assert len(no_key) == planted["tickets", "missing_key"]
    twice = Counter(row["ticket_id"] for row in tickets if row["ticket_id"])
    repeated = planted["tickets", "older_version"] + planted["tickets", "identical_redelivery"]
    assert sum(twice.values()) - len(twice) == repeated


def test_incidents_are_well_formed(demo: Path, requests: Rows) -> None:
    incidents = rows_of(demo / "tests/expected/planted_incidents.csv")
    versions = {row["prompt_version"] for row in requests}
    assert {row["kind"] for row in incidents} == KINDS
    assert {row["expected_spike_class"] for row in incidents} <= SPIKES
    assert len({row["incident_id"] for row in incidents}) == len(incidents)
    for row in incidents:
        assert row["starts_at"] < row["ends_at"]
        assert float(row["magnitude"]) == float(row["magnitude"])
        assert row["prompt_version"] in versions | {""}


def test_landing_folder_holds_the_same_rows(demo: Path, requests: Rows, tmp_path: Path) -> None:
    assert main(["--format", "jsonl", "--out", str(tmp_path)]) == 0
    texts = [
        line
        for path in sorted(tmp_path.glob("llm_requests/*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    parsed, broken = [], []
    for text in texts:
        try:
            parsed.append(json.loads(text))
        except json.JSONDecodeError:
            broken.append(text)
    assert len(texts) == len(requests)
    assert sorted(broken) == sorted(r["corrupt_record"] for r in requests if r["corrupt_record"])
    sent = Counter(row.get("externalRequestId") for row in parsed)
    assert sent == Counter(
        r["external_request_id"] or None for r in requests if not r["corrupt_record"]
    )
    outcomes = tmp_path / "workflow_outcomes" / "workflow_outcomes.parquet"
    loaded = query(f"select count(*), sum(value_usd) from '{outcomes}'")[0]
    written = rows_of(demo / "seeds/raw/workflow_outcomes.csv")
    assert loaded[0] == len(written)
    assert float(loaded[1]) == pytest.approx(sum(float(row["value_usd"] or 0) for row in written))


def query(sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchall()


def bulk(folder: Path, rows: int, *more: str) -> Path:
    arguments = [
        "--format",
        "parquet",
        "--rows",
        str(rows),
        "--tenants",
        "50",
        "--out",
        str(folder),
    ]
    assert main([*arguments, *more]) == 0
    return folder


def number(sql: str) -> int:
    return int(query(sql)[0][0])


def test_bulk_rows_are_well_formed(tmp_path: Path) -> None:
    folder = bulk(tmp_path, 30_000, "--days", "7")
    rows = f"'{folder}/llm_requests/*.parquet'"
    assert number(f"select count(*) from {rows}") == 30_000
    assert len(list(folder.glob("llm_requests/*.parquet"))) == 7
    types = dict(query(f"select column_name, column_type from (describe from {rows})"))
    assert types["input_tokens"] == "BIGINT"
    assert types["occurred_at"] == "TIMESTAMP"
    assert types["external_request_id"] == "VARCHAR"
    assert types["reported_cost_usd"] == "DECIMAL(18,12)"
    again = f"select count(*) - count(distinct (external_request_id, attempt_number)) from {rows}"
    assert 100 <= number(again) <= 200
    assert number(f"select count(*) from {rows} where attempt_number = 2") in range(850, 960)
    late = f"select count(*) from {rows} where ingested_at - occurred_at > interval 1 day"
    assert 300 <= number(late) <= 700
    lost = f"""
        select count(*) from {rows} as r
        where workflow_id is null and not exists (
            from '{folder}/tickets/*.parquet' as t
            where t.ticket_id = coalesce(r.ticket_id, r.conversation_id))
    """
    assert number(lost) == 0
    mixed = f"""
        select count(*) from (
            select 1 from {rows} group by coalesce(ticket_id, conversation_id, workflow_id)
            having count(distinct user_id) > 1)
    """
    assert number(mixed) == 0


def test_bulk_is_repeatable_and_a_day_can_be_added(tmp_path: Path) -> None:
    week = bulk(tmp_path / "week", 20_000, "--days", "7")
    assert digests(week) == digests(bulk(tmp_path / "again", 20_000, "--days", "7"))
    before = digests(week)
    bulk(week, 3_000, "--start-date", "2026-07-13", "--days", "1")
    after = digests(week)
    assert before.items() <= after.items()
    assert len(after) == len(before) + 3
    rows = f"'{week}/llm_requests/*.parquet'"
    assert number(f"select count(*) from {rows}") == 23_000
    added = f"'{week}/llm_requests/2026-07-13_000.parquet'"
    touched = query(f"select distinct cast(occurred_at as date) from {added} order by 1")
    assert [row[0] for row in touched] == [date(2026, 7, 10 + n) for n in range(4)]
    assert number(f"select count(*) from {added} where ingested_at < '2026-07-13'") == 0
    orphans = f"""
        select count(*) from {rows} as r
        where ticket_id is not null
            and not exists (from '{week}/tickets/*.parquet' as t where t.ticket_id = r.ticket_id)
    """
    assert number(orphans) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "jsonl"], "needs --out"),
        (["--format", "parquet", "--out", "x"], "needs --rows"),
        (["--format", "parquet", "--out", "x", "--rows", "9", "--days", "0"], "--days must be"),
        (
            ["--format", "parquet", "--out", "x", "--rows", "9", "--start-date", "2015-12-31"],
            "--start-date must be",
        ),
    ],
)
def test_a_wrong_call_says_what_to_do(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert said in capsys.readouterr().err


def test_a_missing_price_book_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--prices", str(tmp_path / "none.csv"), "--out", str(tmp_path)]) == 1
    assert "none.csv is missing" in capsys.readouterr().err
