"""Landing folders of any size: the demo's distributions, drawn by the column instead of by the row.

A file holds what arrived in (a part of) one day. Every property of a workflow is a hash of its
number, so a late row can be tied to a ticket of an earlier day without remembering that day, and a
folder that is written later for one more day fits the earlier ones (same --seed and --tenants).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from demo_company import columnar as col
from demo_company.calls import PROFILES, PROVIDERS
from demo_company.draw import FIRST_DAY, HOUR_WEIGHTS, WEEKDAY_WEIGHTS
from demo_company.reference import Reference
from demo_company.support import INTENTS

Array = npt.NDArray[Any]
PART_ROWS = 250_000  # bounds the memory of one step to a few hundred megabytes
RETRY_SHARE, REDELIVERED_SHARE, LATE_SHARE, REPORTED_SHARE = 0.03, 0.005, 0.02, 0.15
NUMBERS_A_DAY, NUMBERS_A_PART = 10_000_000, 200_000
NUMBERED_FROM = date(2016, 1, 4)  # tickets of a day have the same numbers in every history
KINDS = ("ticket", "conversation", "documents", "sales", "code", "rag")
KIND_SHARES = (0.36, 0.26, 0.17, 0.07, 0.05, 0.09)
ENDPOINTS = tuple(PROFILES)
STAGES = {
    "intent_route": "route",
    "reply": "answer",
    "rag_answer": "retrieve",
    "thread_summary": "summarise",
    "ticket_draft": "draft",
    "classify": "classify",
    "summarize": "summarise",
    "rerank": "rerank",
    "extract_actions": "extract",
    "email_draft": "draft",
    "proposal_summary": "summarise",
    "crm_followup": "draft",
    "pipeline_risk_brief": "score",
    "generate_patch": "draft",
    "review_pr": "review",
    "explain_trace": "explain",
    "retrieve": "retrieve",
    "answer": "answer",
    "summarize_context": "summarise",
}
FIRST_CALL = {
    "ticket": "support.intent_route",
    "conversation": "support.intent_route",
    "documents": "docs.classify",
    "sales": "sales.crm_followup",
    "code": "dev.generate_patch",
    "rag": "rag.retrieve",
}
LATER_CALLS = {
    "ticket": {
        "support.reply": 9,
        "support.rag_answer": 4,
        "support.thread_summary": 2,
        "support.ticket_draft": 1,
    },
    "conversation": {"support.reply": 11, "support.rag_answer": 5},
    "documents": {"docs.summarize": 10, "docs.extract_actions": 6},
    "sales": {"sales.email_draft": 11, "sales.proposal_summary": 2, "sales.pipeline_risk_brief": 3},
    "code": {"dev.generate_patch": 10, "dev.explain_trace": 4, "dev.review_pr": 2},
    "rag": {"rag.answer": 10, "rag.rerank": 4, "rag.summarize_context": 2},
}


def write_bulk(
    reference: Reference,
    out: Path,
    rows: int,
    start: date,
    days: int,
    seed: int,
    tenants: int | None,
) -> int:
    """Write the folder and return the number of llm_requests rows: exactly `rows`.

    Late rows belong to one of the three days before, but to none before the company opened: on the
    demo's first day, or on `start` when that is earlier.
    """
    opened = min(start, FIRST_DAY)
    weights = np.array(
        [WEEKDAY_WEIGHTS[(start + timedelta(days=n)).weekday()] for n in range(days)]
    )
    ends = np.round(np.cumsum(weights) / weights.sum() * rows).astype(int)
    tenants = tenants or int(np.clip(rows / days / 45, 40, 4_000))
    written = 0
    for number in range(days):
        day = start + timedelta(days=number)
        today = int(ends[number]) - written
        parts = max(1, -(-today // PART_ROWS))
        edges = np.linspace(0, today, parts + 1).astype(int)
        for part in range(parts):
            size = int(edges[part + 1] - edges[part])
            if size:
                Part(reference, day, part, parts, seed, tenants, opened).write(out, size)
        written += today
    return written


@dataclass
class Workflows:
    """Properties of workflows by their number: pure functions of a hash, equal on every day."""

    kind: Array
    tenant: Array
    user: Array
    intent: Array
    chat: Array
    dice: Array  # 0..1, for the outcome

    @classmethod
    def of(cls, numbers: Array, seed: int, tenants: int) -> Workflows:
        one = col.mix(numbers, seed)
        two = col.mix(numbers, seed + 1)
        ranks = np.arange(1, tenants + 1) ** -0.95
        tenant = np.searchsorted(np.cumsum(ranks / ranks.sum()), col.unit(one)).clip(0, tenants - 1)
        users = np.maximum(2, 45 / (tenant + 1) ** 0.7).astype(np.uint64)
        intents = col.slots([each.weight for each in INTENTS])
        return cls(
            kind=col.slots(KIND_SHARES)[(two & 0xFF).astype(np.intp)],
            tenant=tenant,
            user=col.mix(tenant.astype(np.uint64) * 1_000 + (two >> 40) % users, seed + 2),
            intent=intents[((two >> 8) & 0xFF).astype(np.intp)],
            chat=(two >> 16) & 1 == 1,
            dice=col.unit(col.mix(numbers, seed + 3)),
        )


class Part:
    """What one file holds: a slice of a day, its requests, retries, redeliveries and late rows."""

    def __init__(
        self,
        reference: Reference,
        day: date,
        part: int,
        parts: int,
        seed: int,
        tenants: int,
        opened: date,
    ) -> None:
        self.reference, self.day, self.part, self.parts = reference, day, part, parts
        self.seed, self.tenants = seed, tenants
        self.day_number = (day - NUMBERED_FROM).days
        self.days_open = (day - opened).days
        self.midnight = int(datetime.combine(day, time(), UTC).timestamp()) * 1_000_000
        self.first = self.day_number * NUMBERS_A_DAY + part * NUMBERS_A_PART
        self.rng = np.random.default_rng([seed, self.day_number, part])

    def write(self, out: Path, rows: int) -> None:
        retries, again = round(rows * RETRY_SHARE), round(rows * REDELIVERED_SHARE)
        base = rows - retries - again
        table, started, ended = self._requests(base, retries, again)
        self._save(out, "llm_requests", table)
        numbers = self.first + np.arange(len(started))
        flows = Workflows.of(numbers, self.seed, self.tenants)
        support = flows.kind < 2
        self._save(out, "tickets", self._tickets(numbers, flows, started, ended, support))
        self._save(
            out, "workflow_outcomes", self._outcomes(numbers, flows, started, ended, ~support)
        )

    def _save(self, out: Path, name: str, table: pa.Table) -> None:
        path = out / name / f"{self.day.isoformat()}_{self.part:03d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, compression="snappy", row_group_size=125_000)

    def _requests(self, base: int, retries: int, again: int) -> tuple[pa.Table, Array, Array]:
        rng = self.rng
        # Requests a workflow: 1 to 30, most of them few.
        sizes = np.clip(3.4 * np.exp(rng.standard_normal(base // 3 + 2) * 0.85), 1, 30).astype(
            np.int64
        )
        flows = int(np.searchsorted(np.cumsum(sizes), base)) + 1
        sizes = sizes[:flows]
        sizes[-1] -= int(sizes.sum()) - base
        heads = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        flow = np.repeat(np.arange(flows), sizes)
        position = np.arange(base) - heads[flow]

        # Times: the day's rhythm for the start, then gaps; nothing runs past midnight.
        clock = np.concatenate(([0.0], np.cumsum(HOUR_WEIGHTS))) / sum(HOUR_WEIGHTS)
        share = np.sort((self.part + rng.random(flows)) / self.parts)
        begins = np.interp(share, clock, np.arange(25) * 3_600e6)
        gaps = rng.exponential(1.0, base) ** 1.5 * 90e6
        run = np.cumsum(gaps)
        offset = run - run[heads][flow]
        length = offset[np.concatenate((heads[1:], [base])) - 1]
        begins = np.maximum(0.0, np.minimum(begins, 86_390e6 - length - 600e6))
        offset = np.minimum(offset, 86_000e6)
        occurred = self.midnight + (begins[flow] + offset).astype(np.int64)
        numbers = self.first + flow

        lag = np.where(rng.random(base) < LATE_SHARE, rng.integers(1, 4, base), 0)
        lag[lag > self.days_open] = 0
        late = np.flatnonzero(lag)
        ingested = occurred + (1e6 + np.exp(rng.standard_normal(base) * 0.9) * 9e6).astype(np.int64)
        occurred[late] -= lag[late] * 86_400_000_000
        reach = max(1, min(2_000, int(flows * 0.4)))
        numbers[late] = (self.day_number - lag[late]) * NUMBERS_A_DAY + rng.integers(
            0, reach, len(late)
        )

        failed = rng.choice(base, retries, replace=False)
        twice = rng.choice(base, again, replace=False)
        source = np.concatenate((np.arange(base), failed, twice))
        attempt = np.concatenate((np.ones(base), np.full(retries, 2), np.ones(again))).astype(
            np.int64
        )
        is_failed = np.zeros(base, dtype=bool)
        is_failed[failed] = True
        failing = is_failed[source] & (attempt == 1)
        occurred, ingested = occurred[source], ingested[source]
        gap = (np.exp(rng.standard_normal(retries) * 0.8) * 10e6).astype(np.int64)
        occurred[base : base + retries] += gap
        ingested[base : base + retries] += gap
        ingested[base + retries :] += (30e6 + rng.exponential(900e6, again)).astype(np.int64)
        order = np.argsort(ingested, kind="stable")

        columns = self._columns(base, numbers, position)
        changed = np.zeros(len(source), dtype=np.int64)
        changed[base + retries :] = np.where(
            rng.random(again) < 0.05, 17, 0
        )  # a payload that changed
        columns["output_tokens"] = np.where(failing, 0, columns["output_tokens"][source] + changed)[
            order
        ]
        fixed = {"occurred_at": occurred[order], "ingested_at": ingested[order]}
        fixed |= {"attempt_number": attempt[order], "failing": failing[order]}
        for name, values in columns.items():
            if name != "output_tokens":
                fixed[name] = values[source[order]]
        fixed["output_tokens"] = columns["output_tokens"]
        end = begins + length
        return (
            self._table(fixed),
            self.midnight + begins.astype(np.int64),
            self.midnight + end.astype(np.int64),
        )

    def _columns(self, base: int, numbers: Array, position: Array) -> dict[str, Array]:
        """What a request is, whatever becomes of its attempts."""
        rng = self.rng
        flows = Workflows.of(numbers, self.seed, self.tenants)
        later = np.stack(
            [col.slots([LATER_CALLS[kind].get(tag, 0) for tag in ENDPOINTS], 64) for kind in KINDS]
        )
        first = np.array([ENDPOINTS.index(FIRST_CALL[kind]) for kind in KINDS])
        endpoint = np.where(
            position == 0, first[flows.kind], later[flows.kind, rng.integers(0, 64, base)]
        )
        profiles = list(PROFILES.values())
        talks = np.array(
            [tag.endswith(("reply", "rag_answer", "answer", "patch")) for tag in ENDPOINTS]
        )
        size = _spread(
            rng, [p.input_tokens for p in profiles], [p.input_sigma for p in profiles], endpoint
        )
        size += np.where(talks[endpoint], position * 350, 0)
        output = _spread(
            rng, [p.output_tokens for p in profiles], [p.output_sigma for p in profiles], endpoint
        )
        caps = np.array([p.cap or 10**6 for p in profiles])[endpoint]
        shares = np.array([p.cached_share for p in profiles])[endpoint]
        cached = np.where(
            size > 1_024, size * np.minimum(0.8, shares * rng.uniform(0.4, 1.5, base)), 0
        )
        return {
            "salt": rng.integers(0, 2**63, base, dtype=np.uint64),
            "number": numbers,
            "kind": flows.kind,
            "tenant": np.where(flows.dice < 0.99, flows.tenant, -1),
            "user": flows.user,
            "intent": flows.intent,
            "endpoint": endpoint,
            "input_tokens": size.astype(np.int64),
            "cached_input_tokens": cached.astype(np.int64),
            "turn_index": position + 1,
            "output_tokens": np.minimum(output, caps).astype(np.int64),
            "latency_ms": (500 + output * 9 + rng.exponential(400, base)).astype(np.int64),
            "reported": rng.random(base) < REPORTED_SHARE,
            "search": rng.integers(3, 9, base),
        }

    def _table(self, row: dict[str, Array]) -> pa.Table:
        rows = len(row["kind"])
        kind, endpoint, failing = row["kind"], row["endpoint"], row["failing"]
        support = kind < 2
        models = [profile.model for profile in PROFILES.values()]
        wave = (
            np.datetime64(self.day.isoformat(), "D").astype(int) // 42
        )  # a new version every six weeks
        versions = [f"{tag.split('.')[1]}_v{1 + (wave + n) % 9}" for n, tag in enumerate(ENDPOINTS)]
        searching = np.array(["rag" in tag for tag in ENDPOINTS])[endpoint]
        tool = np.array([tag.startswith("dev.") for tag in ENDPOINTS])[endpoint]
        failure = np.where(failing, 1 + row["salt"] % 3, 0).astype(np.int64)
        cost = self._picodollars(row, models)
        number = col.numbered(row["number"])
        data = {
            "external_request_id": col.base32("req_", row["salt"], self.seed),
            "attempt_id": pa.nulls(rows, pa.string()),
            "attempt_number": row["attempt_number"],
            "occurred_at": col.times(row["occurred_at"]),
            "ingested_at": col.times(row["ingested_at"]),
            "provider": col.words(endpoint, [PROVIDERS[each.split("-")[0]] for each in models]),
            "model": col.words(endpoint, models),
            "service_tier": pa.nulls(rows, pa.string()),
            "endpoint_tag": col.words(endpoint, ENDPOINTS),
            "stage": col.words(endpoint, [STAGES[tag.split(".")[1]] for tag in ENDPOINTS]),
            "prompt_version": col.words(endpoint, versions),
            "user_id": col.hexadecimal("u_", row["user"]),
            "tenant_id": col.words(row["tenant"], [f"tenant_{n:05d}" for n in range(self.tenants)]),
            "ticket_id": col.prefixed("T", number, kind == 0),
            "conversation_id": col.prefixed("C", number, kind == 1),
            "workflow_id": col.prefixed("W", number, ~support),
            "queue": col.words(
                np.where(support, row["intent"], -1), [each.queue for each in INTENTS]
            ),
            "intent": col.words(
                np.where(support, row["intent"], -1), [each.name for each in INTENTS]
            ),
            "input_tokens": row["input_tokens"],
            "cached_input_tokens": row["cached_input_tokens"],
            "cache_write_tokens": pa.nulls(rows, pa.int64()),
            "output_tokens": row["output_tokens"],
            "reasoning_tokens": pa.nulls(rows, pa.int64()),
            "total_tokens": row["input_tokens"] + row["output_tokens"],
            "max_output_tokens": pa.nulls(rows, pa.int64()),
            "latency_ms": row["latency_ms"],
            "status": col.words(failure, ("success", "timeout", "error", "rate_limited")),
            "error_code": col.words(failure - 1, ("504", "500", "429")),
            "data_mode": col.words(np.where(row["salt"] % 50 == 0, 1, 0), ("real", "test")),
            "environment": col.words(np.where(row["salt"] % 50 == 0, 1, 0), ("prod", "staging")),
            "usage_source": col.words(
                np.where(row["salt"] % 160 == 1, 1, 0), ("provider", "estimated")
            ),
            "reported_cost_usd": col.money(cost, row["reported"]),
            "turn_index": row["turn_index"],
            "tool_name": col.words(
                np.where(tool, (row["salt"] % 3).astype(np.int64), -1),
                ("read_file", "run_tests", "search_code"),
            ),
            "tool_input_hash": pa.nulls(rows, pa.string()),
            "tool_output_tokens": pa.array(row["search"] * 150, mask=~tool),
            "retrieval_config": col.words(np.where(searching, 0, -1), ("kb_v3",)),
            "retrieval_top_k": pa.array(np.full(rows, 8), mask=~searching),
            "retrieved_chunks": pa.array(row["search"], mask=~searching),
            "retrieval_hit": pa.array(row["salt"] % 100 < 84, mask=~searching),
        }
        return pa.table(data)

    def _picodollars(self, row: dict[str, Array], models: list[str]) -> Array:
        """Tokens times micro-dollars a million tokens are exactly 10^-12 dollars."""
        rates = np.array(
            [self.reference.micro_rates(PROVIDERS[m.split("-")[0]], m, self.day) for m in models]
        )[row["endpoint"]]
        plain = row["input_tokens"] - row["cached_input_tokens"]
        exact = (
            plain * rates[:, 0]
            + row["cached_input_tokens"] * rates[:, 1]
            + row["output_tokens"] * rates[:, 2]
        )
        costs: Array = np.where(row["salt"] % 5 == 0, exact // 100 * 102, exact)
        return costs

    def _tickets(
        self, numbers: Array, flows: Workflows, started: Array, ended: Array, mask: Array
    ) -> pa.Table:
        number, start, end, dice = numbers[mask], started[mask], ended[mask], flows.dice[mask]
        kind, intent = flows.kind[mask], flows.intent[mask]
        human = np.where(kind == 0, dice < 0.30, dice < 0.03)
        open_ = (dice > 0.95) | ((kind == 1) & (dice > 0.45))
        seconds = np.exp(self.rng.standard_normal(len(number)) * np.where(human, 1.9, 1.4))
        solved = end + (seconds * np.where(human, 79_200e6, 1_500e6)).astype(np.int64)
        none = pa.nulls(len(number), pa.timestamp("us"))
        counts = np.where(human, 1 + (dice * 1_000).astype(np.int64) % 4, 0)
        text = pa.nulls(len(number), pa.string())
        return pa.table(
            {
                "ticket_id": col.either("T", "C", col.numbered(number), kind == 0),
                "tenant_id": col.words(
                    np.where(dice < 0.99, flows.tenant[mask], -1),
                    [f"tenant_{n:05d}" for n in range(self.tenants)],
                ),
                "channel": col.words(
                    np.where((kind == 1) | flows.chat[mask], 0, 1), ("chat", "email")
                ),
                "queue": col.words(intent, [each.queue for each in INTENTS]),
                "intent": col.words(intent, [each.name for each in INTENTS]),
                "project": col.words(number % 3, ("web_app", "mobile_app", "marketplace")),
                "status": col.words(np.where(open_, 0, 1), ("open", "solved")),
                "opened_at": col.times(start),
                "first_resolved_at": col.times(solved, ~open_),
                "last_resolved_at": col.times(solved, ~open_),
                "closed_at": none,
                "reopen_count": np.zeros(len(number), dtype=np.int64),
                "last_reopened_at": none,
                "escalated_at": col.times(end, human),
                "human_requested_at": none,
                "first_human_reply_at": col.times(np.minimum(solved, end + 5_400_000_000), human),
                "human_public_replies": counts,
                "bot_public_replies": 1 + (dice * 10_000).astype(np.int64) % 3,
                "last_customer_message_at": col.times(end),
                "customer_confirmed": pa.array(dice > 0.5, mask=dice < 0.7),
                "csat": pa.array(
                    3 + (dice * 100_000).astype(np.int64) % 3, mask=(dice * 1_000) % 4 > 1
                ),
                "handle_minutes": pa.array(6 + dice * 40, mask=~human),
                "merged_into_ticket_id": text,
                "is_spam": dice > 0.99,
                "is_test": np.zeros(len(number), dtype=bool),
                "updated_at": col.times(np.where(open_, end, solved)),
            }
        )

    def _outcomes(
        self, numbers: Array, flows: Workflows, started: Array, ended: Array, mask: Array
    ) -> pa.Table:
        number, dice, kind = numbers[mask], flows.dice[mask], flows.kind[mask]
        good = dice < 0.75
        wins = ("", "", "document_accepted", "email_sent", "patch_merged", "answer_accepted")
        return pa.table(
            {
                "workflow_id": col.prefixed(
                    "W", col.numbered(number), np.ones(len(number), dtype=bool)
                ),
                "use_case": col.words(kind, KINDS),
                "outcome": col.words(np.where(good, kind, 6), (*wins, "rejected")),
                "is_success": good,
                "tenant_id": col.words(
                    np.where(dice < 0.99, flows.tenant[mask], -1),
                    [f"tenant_{n:05d}" for n in range(self.tenants)],
                ),
                "started_at": col.times(started[mask]),
                "completed_at": col.times(ended[mask] + 300_000_000),
                "value_usd": col.money((dice * 30 * 100).astype(np.int64) * 10**10, good),
            }
        )


def _spread(
    rng: np.random.Generator, medians: list[int], sigmas: list[float], endpoint: Array
) -> Array:
    z = rng.standard_normal(len(endpoint), dtype=np.float32)
    sizes: Array = np.array(medians, dtype=float)[endpoint] * np.exp(z * np.array(sigmas)[endpoint])
    return sizes
