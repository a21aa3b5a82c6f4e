"""The rows of the raw tables. Field order is column order; None is an empty cell."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

Cell = str | int | None  # planted errors put text where numbers belong
Detail = str | int | float | None  # what a use case says about one call


@dataclass(slots=True)
class Attempt:
    """One telemetry event. The fields after `corrupt_record` are never written."""

    external_request_id: str | None = None
    attempt_id: str | None = None
    attempt_number: Cell = None
    occurred_at: str | None = None
    ingested_at: str | None = None
    provider: str | None = None
    model: str | None = None
    service_tier: str | None = None
    endpoint_tag: str | None = None
    stage: str | None = None
    prompt_version: str | None = None
    user_id: str | None = None
    tenant_id: str | None = None
    ticket_id: str | None = None
    conversation_id: str | None = None
    workflow_id: str | None = None
    queue: str | None = None
    intent: str | None = None
    input_tokens: Cell = None
    cached_input_tokens: Cell = None
    cache_write_tokens: Cell = None
    output_tokens: Cell = None
    reasoning_tokens: Cell = None
    total_tokens: Cell = None
    max_output_tokens: Cell = None
    latency_ms: Cell = None
    status: str | None = None
    error_code: str | None = None
    data_mode: str | None = None
    environment: str | None = None
    usage_source: str | None = None
    reported_cost_usd: str | None = None
    turn_index: Cell = None
    tool_name: str | None = None
    tool_input_hash: str | None = None
    tool_output_tokens: Cell = None
    retrieval_config: str | None = None
    retrieval_top_k: Cell = None
    retrieved_chunks: Cell = None
    retrieval_hit: str | None = None
    uncached_input_tokens: Cell = None
    cache_write_1h_tokens: Cell = None
    is_cache_hit: str | None = None
    tool_fee_usd: str | None = None
    reported_cost: str | None = None
    reported_cost_currency: str | None = None
    agent_name: str | None = None
    parent_request_id: str | None = None
    trace_id: str | None = None
    source_system: str | None = None
    corrupt_record: str | None = None

    canonical_tag: str = ""
    home_tenant: str = ""  # whose spend it is, however the event says so
    price_usd: Decimal = Decimal(0)
    incident: str = ""
    order: datetime | None = None  # when it was delivered, also for rows that do not say


@dataclass(slots=True)
class Ticket:
    ticket_id: str | None = None
    tenant_id: str | None = None
    channel: str | None = None
    queue: str | None = None
    intent: str | None = None
    project: str | None = None
    status: str | None = None
    opened_at: str | None = None
    first_resolved_at: str | None = None
    last_resolved_at: str | None = None
    closed_at: str | None = None
    reopen_count: Cell = None
    last_reopened_at: str | None = None
    escalated_at: str | None = None
    human_requested_at: str | None = None
    first_human_reply_at: str | None = None
    human_public_replies: Cell = None
    bot_public_replies: Cell = None
    last_customer_message_at: str | None = None
    customer_confirmed: str | None = None
    csat: Cell = None
    handle_minutes: str | None = None
    merged_into_ticket_id: str | None = None
    is_spam: str | None = None
    is_test: str | None = None
    updated_at: str | None = None
    last_bot_reply_at: str | None = None
    last_human_reply_at: str | None = None
    requester_id: str | None = None
    resolved_by: str | None = None
    priority: str | None = None
    source_system: str | None = None
    corrupt_record: str | None = None


@dataclass(slots=True)
class Outcome:
    workflow_id: str | None = None
    use_case: str | None = None
    outcome: str | None = None
    is_success: str | None = None
    tenant_id: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    value_usd: str | None = None
    corrupt_record: str | None = None


@dataclass(slots=True)
class Invoice:
    provider: str | None = None
    billing_month: str | None = None
    line_item: str | None = None
    billed_usd: str | None = None
    credit_usd: str | None = None
    currency: str | None = None
    corrupt_record: str | None = None


@dataclass
class Company:
    """Everything that one run of the generator made, and the ledger of what it planted."""

    llm_requests: list[Attempt] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    workflow_outcomes: list[Outcome] = field(default_factory=list)
    provider_invoices: list[Invoice] = field(default_factory=list)
    planted: dict[tuple[str, str], int] = field(default_factory=dict)

    def plant(self, raw_table: str, kind: str, rows: int = 1) -> None:
        self.planted[raw_table, kind] = self.planted.get((raw_table, kind), 0) + rows


Record = Attempt | Ticket | Outcome | Invoice
RAW_TABLES: dict[str, type[Record]] = {
    "llm_requests": Attempt,
    "tickets": Ticket,
    "workflow_outcomes": Outcome,
    "provider_invoices": Invoice,
}


def columns(kind: type[Record]) -> list[str]:
    names = [each.name for each in fields(kind)]
    return names[: names.index("corrupt_record") + 1]


def values(record: Record) -> list[Any]:
    return [getattr(record, name) for name in columns(type(record))]
