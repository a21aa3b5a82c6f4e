"""Raw fields and how their text is read (design "Raw tables", spec "Raw files").

Every raw value is text first. Empty text is NULL. What is compared as a word is lower(trim(text));
ids are trimmed, and a placeholder is no id.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

MONEY_PLACES: Final = 12
_QUANTUM: Final = Decimal(1).scaleb(-MONEY_PLACES)
# 38 digits are what a DECIMAL can hold; twice as many keep every intermediate step exact.
EXACT: Final = Context(prec=90, rounding=ROUND_HALF_UP)

LLM_REQUEST_FIELDS: Final = (
    "external_request_id",
    "attempt_id",
    "attempt_number",
    "occurred_at",
    "ingested_at",
    "provider",
    "model",
    "service_tier",
    "endpoint_tag",
    "stage",
    "prompt_version",
    "user_id",
    "tenant_id",
    "ticket_id",
    "conversation_id",
    "workflow_id",
    "queue",
    "intent",
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "total_tokens",
    "max_output_tokens",
    "latency_ms",
    "status",
    "error_code",
    "data_mode",
    "environment",
    "usage_source",
    "reported_cost_usd",
    "turn_index",
    "tool_name",
    "tool_input_hash",
    "tool_output_tokens",
    "retrieval_config",
    "retrieval_top_k",
    "retrieved_chunks",
    "retrieval_hit",
    "uncached_input_tokens",
    "cache_write_1h_tokens",
    "is_cache_hit",
    "tool_fee_usd",
    "reported_cost",
    "reported_cost_currency",
    "agent_name",
    "parent_request_id",
    "trace_id",
    "source_system",
)
TICKET_FIELDS: Final = (
    "ticket_id",
    "tenant_id",
    "channel",
    "queue",
    "intent",
    "project",
    "status",
    "opened_at",
    "first_resolved_at",
    "last_resolved_at",
    "closed_at",
    "reopen_count",
    "last_reopened_at",
    "escalated_at",
    "human_requested_at",
    "first_human_reply_at",
    "human_public_replies",
    "bot_public_replies",
    "last_customer_message_at",
    "customer_confirmed",
    "csat",
    "handle_minutes",
    "merged_into_ticket_id",
    "is_spam",
    "is_test",
    "updated_at",
    "last_bot_reply_at",
    "last_human_reply_at",
    "requester_id",
    "follow_up_of_ticket_id",
    "resolved_by",
    "exclusion_reason",
    "vendor_outcome",
    "quality_verdict",
    "priority",
    "ingested_at",
    "source_system",
)
WORKFLOW_OUTCOME_FIELDS: Final = (
    "workflow_id",
    "use_case",
    "outcome",
    "is_success",
    "tenant_id",
    "started_at",
    "completed_at",
    "value_usd",
)
PROVIDER_INVOICE_FIELDS: Final = (
    "provider",
    "billing_month",
    "line_item",
    "billed_usd",
    "credit_usd",
    "currency",
)
CORRUPT_RECORD: Final = "corrupt_record"
RAW_TABLES: Final[dict[str, tuple[str, ...]]] = {
    "llm_requests": LLM_REQUEST_FIELDS,
    "tickets": TICKET_FIELDS,
    "workflow_outcomes": WORKFLOW_OUTCOME_FIELDS,
    "provider_invoices": PROVIDER_INVOICE_FIELDS,
}
# A given value that is not a whole number from 0 to a billion rejects the row.
COSTING_FIELDS: Final = (
    "input_tokens",
    "uncached_input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
)
TOKEN_FIELDS: Final = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "total_tokens",
    "max_output_tokens",
    "tool_output_tokens",
)

ID_FIELDS: Final = frozenset(
    f"{name}_id"
    for name in (
        *("external_request", "attempt", "ticket", "conversation", "workflow", "tenant", "user"),
        "merged_into_ticket",
        "follow_up_of_ticket",
    )
)
_PLACEHOLDERS = frozenset(
    {"", "none", "null", "nil", "nan", "undefined", "n/a", "-", "0", "0.0", "unknown", "na", "#n/a"}
    | {"(null)", "(none)", "<null>", "<none>", "[]", "{}", "[object object]"}
)
# What a template leaves where nobody filled it in.
_TEMPLATE = re.compile(r"\$\{.*\}|\{\{.*\}\}|\{.*id\}", re.IGNORECASE | re.DOTALL)

# What stands around a text and says nothing, with and without a width.
_BLANKS: Final = (
    " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)

_TIME = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?P<clock>\d{2}:\d{2}(?::\d{2})?)(?:\.(?P<fraction>\d{1,9}))?"
    r"\s*(?P<zone>[Zz]|UTC|utc|GMT|gmt|[+-]\d{2}(?::?\d{2})?)?)?"
)
_BELIEVABLE_YEARS: Final = range(2000, 2100)
# Digits of an epoch, and the microseconds of one of its units.
_EPOCHS: Final = {10: Decimal(1_000_000), 13: Decimal(1000), 16: Decimal(1), 19: Decimal("0.001")}
_EPOCH = re.compile(r"(\d{10})(?:\.\d+)?|(\d{13}|\d{16})(?:\.0+)?|\d{19}")
_WHOLE = re.compile(r"\d+(?:\.0*)?")
_SIGNED_WHOLE = re.compile(r"-?\d+(?:\.0*)?")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
_LARGEST_BIGINT: Final = 2**63 - 1
_LARGEST_COUNT: Final = 10**9
_AMBIGUOUS = re.compile(r"\d+[.,]\d{3}")


def snake_case(name: str) -> str:
    """camelCase and snake_case field names both work."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=[0-9])", "_", name).lower()


def camel_case(name: str) -> str:
    """The camelCase spelling of a snake_case field name."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def word(text: str | None) -> str | None:
    """lower(trim(text)); nothing left is NULL."""
    if text is None:
        return None
    return text.strip(_BLANKS).lower() or None


def identifier(text: str | None) -> str | None:
    """An id without blanks around it; NULL where it only stands for a missing one."""
    trimmed = (text or "").strip(_BLANKS)
    bare = trimmed.lower().removeprefix("urn:uuid:").strip("{}").replace("-", "")
    is_zero_uuid = bare == "0" * 32
    is_template = _TEMPLATE.fullmatch(trimmed) is not None
    is_none = is_zero_uuid or is_template or trimmed.lower() in _PLACEHOLDERS
    return None if is_none else trimmed


def parse_time(text: str | None) -> datetime | None:
    """ISO 8601 as a naive UTC time (UTC when no offset is given); NULL when it does not parse."""
    if text is None:
        return None
    if _EPOCH.fullmatch(text.strip()):
        digits = text.strip().split(".")[0]
        since_1970 = timedelta(microseconds=int(Decimal(text.strip()) * _EPOCHS[len(digits)]))
        moment = datetime(1970, 1, 1) + since_1970  # noqa: DTZ001 - all times here are naive UTC
        return moment if moment.year in _BELIEVABLE_YEARS else None
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    clock = match["clock"] or "00:00:00"
    if len(clock) == 5:
        clock += ":00"
    zone = match["zone"] or "Z"
    if zone.upper() in ("Z", "UTC", "GMT"):
        zone = "+00:00"
    elif len(zone) == 3:
        zone += ":00"
    elif ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    micros = (match["fraction"] or "0").ljust(6, "0")[:6]
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{clock}.{micros}{zone}")
    except ValueError:
        return None
    offset = moment.utcoffset()
    # No zone is beyond 14 hours, and no engine reads what is beyond 18.
    if offset is None or abs(offset) > timedelta(hours=18):
        return None
    return moment.astimezone(UTC).replace(tzinfo=None)


def is_whole_count(text: str) -> bool:
    """'12' and '12.0' are counts; '12.5', 'abc', '-3', '1.000' and a billion and one are not."""
    return parse_count(text) is not None


def parse_count(text: str | None) -> int | None:
    """A whole number from 0 to a billion that can be read in one way; anything else is NULL."""
    if text is None or is_ambiguous(text):
        return None
    match = _WHOLE.fullmatch(text.strip())
    value = None if match is None else int(match[0].split(".")[0])
    return value if value is not None and value <= _LARGEST_COUNT else None


def is_ambiguous(text: str) -> bool:
    """1.000 is a thousand for some senders, and a unit for others."""
    return _AMBIGUOUS.fullmatch(text.strip(_BLANKS)) is not None


def parse_natural(text: str | None) -> int | None:
    """A whole number from 0 that can be read in one way; anything else is NULL."""
    value = None if text is None or is_ambiguous(text) else parse_int(text)
    return value if value is not None and value >= 0 else None


def parse_int(text: str | None) -> int | None:
    """A whole number, also written '12.0'; anything else is NULL."""
    if text is None or _SIGNED_WHOLE.fullmatch(text.strip()) is None:
        return None
    value = int(text.strip().split(".")[0])
    return value if abs(value) <= _LARGEST_BIGINT else None


def parse_bool(text: str | None) -> bool | None:
    """Boolean words are compared as lower(trim(text)); anything else is NULL."""
    spelled = word(text)
    if spelled in _TRUE:
        return True
    return False if spelled in _FALSE else None


def parse_decimal(text: str | None) -> Decimal | None:
    """An exact decimal number as written; anything else is NULL."""
    if text is None or _NUMBER.fullmatch(text.strip()) is None:
        return None
    return Decimal(text.strip())


def parse_money(text: str | None) -> Decimal | None:
    """An exact decimal with 12 places, half up beyond them; anything else is NULL."""
    value = parse_decimal(text)
    return None if value is None else to_money(value)


def to_money(value: Decimal) -> Decimal:
    """12 places, half up."""
    return value.quantize(_QUANTUM, context=EXACT)
