"""Redelivery or retry, order within a request, attributes, price and waste of attempts (spec
"Attempts").
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from .fields import LLM_REQUEST_FIELDS, TOKEN_FIELDS, parse_int, parse_money, parse_time, word
from .money import ZERO
from .pricing import model_tier, price_row, priced_cost
from .privacy import shown, shown_case
from .raw import RawRow
from .reference import Reference
from .settings import Settings

_SUCCESS = frozenset({"success", "succeeded", "ok", "completed", "200", "stop"})
_ERROR = frozenset(
    {"error", "failed", "failure", "timeout", "timed_out", "rate_limited", "cancelled"}
)


@dataclass(slots=True)
class Attempt:
    """One delivery of a telemetry event; the winning delivery of a key is the attempt."""

    row: RawRow
    occurred_at: datetime
    ingested_at: datetime
    request_id: str
    discriminator: str
    attempt_number: int | None
    provider: str | None
    model: str | None
    service_tier: str | None
    endpoint_tag: str | None
    use_case: str | None
    stage: str | None
    tenant_id: str | None
    queue: str | None
    intent: str | None
    tokens: dict[str, int | None]
    status: str
    is_reportable: bool
    reported_cost_usd: Decimal | None
    sent_id: str | None
    sent_kind: str | None
    # Filled in once the redeliveries are set aside.
    attempt_index: int = 0
    is_fallback: bool = False
    is_final: bool = False
    priced_cost_usd: Decimal | None = None
    cost_usd: Decimal | None = None
    cost_source: str = "unpriced"
    waste_cost_usd: Decimal | None = None
    workflow_id: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What makes two deliveries the same attempt."""
        return (self.request_id, self.discriminator)

    @property
    def is_retry(self) -> bool:
        """Not the first attempt of its request."""
        return self.attempt_index > 1

    @property
    def request_date(self) -> date:
        """The UTC date that dates the spend."""
        return self.occurred_at.date()

    @property
    def prompt_version(self) -> str | None:
        """As sent: versions are opaque ids."""
        return self.row.get("prompt_version")

    @property
    def payload(self) -> tuple[str | None, ...]:
        """Every field but ingested_at, as sent."""
        return tuple(self.row.get(name) for name in LLM_REQUEST_FIELDS if name != "ingested_at")


@dataclass(frozen=True)
class Redelivery:
    """A delivery that lost to another one of the same key."""

    delivery: Attempt
    has_conflict: bool


class TieBreaker(Protocol):
    """Settles what the rules leave to an opaque hash.

    Equal ingested_at or updated_at, and the order of keys.
    """

    def pick_delivery(self, tied: Sequence[Attempt]) -> Attempt:
        """The winner among deliveries of one key with the same, newest ingested_at."""
        ...

    def key_rank(self, attempt: Attempt) -> tuple[Any, ...]:
        """The place of an attempt's key among attempts of the same time."""
        ...

    def pick_ticket(self, tied: Sequence[RawRow]) -> RawRow:
        """The current version among versions of a ticket with the same, newest updated_at."""
        ...


class TextTieBreaker:
    """Independent of the order of the rows.

    The larger payload as text, keys in the order of their text.
    """

    def pick_delivery(self, tied: Sequence[Attempt]) -> Attempt:
        """The larger payload."""
        return max(tied, key=lambda delivery: repr(delivery.payload))

    def key_rank(self, attempt: Attempt) -> tuple[Any, ...]:
        """The key's own text."""
        return attempt.key

    def pick_ticket(self, tied: Sequence[RawRow]) -> RawRow:
        """The larger payload."""
        return max(tied, key=lambda row: repr(sorted(row.values.items())))


def normalised_status(text: str | None) -> str:
    """success, error, or unknown when the word is missing or not known; 4xx and 5xx are errors."""
    spelled = word(text) or ""
    if spelled in _SUCCESS:
        return "success"
    return "error" if spelled in _ERROR or re.fullmatch(r"[45]\d\d", spelled) else "unknown"


def _sent_workflow(row: RawRow) -> tuple[str | None, str | None]:
    """ticket_id, else conversation_id, else workflow_id, else unattributed."""
    for kind in ("ticket", "conversation", "workflow"):
        sent = row.get(f"{kind}_id")
        if sent is not None:
            return sent, kind
    return None, None


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def read_delivery(row: RawRow, reference: Reference, settings: Settings) -> Attempt:
    """Types, normal forms and attributes of one accepted row."""
    ingested = parse_time(row.get("ingested_at"))
    occurred = parse_time(row.get("occurred_at")) or ingested
    if occurred is None:
        raise ValueError("a row without a usable time is rejected before")
    provider, model = word(row.get("provider")), word(row.get("model"))
    tokens = {name: parse_int(row.get(name)) for name in TOKEN_FIELDS}
    number = parse_int(row.get("attempt_number"))
    fingerprint = repr(
        (
            provider,
            model,
            word(row.get("status")),
            row.get("error_code"),
            tuple(tokens.values()),
            parse_int(row.get("latency_ms")),
            occurred.isoformat(),
        )
    )
    attempt_id = row.get("attempt_id")
    if attempt_id is not None:
        discriminator = f"id:{attempt_id}"
    elif number is not None:
        discriminator = f"no:{number}"
    else:
        discriminator = f"fp:{fingerprint}"
    sent_request = row.get("external_request_id") or None
    if sent_request is None:
        request_id = "synthetic-" + _md5(discriminator if attempt_id else f"fp:{fingerprint}")
    elif sent_request.startswith("synthetic-"):
        request_id = f"synthetic-sent-{sent_request}"
    else:
        request_id = sent_request
    tag = word(row.get("endpoint_tag"))
    endpoint = reference.endpoints.get(tag) if tag is not None else None
    tenant = shown(row.get("tenant_id") or reference.user_tenants.get(row.get("user_id") or ""))
    mode, environment = word(row.get("data_mode")), word(row.get("environment"))
    sent_id, sent_kind = _sent_workflow(row)
    return Attempt(
        row=row,
        occurred_at=occurred,
        ingested_at=ingested or occurred,
        request_id=request_id,
        discriminator=discriminator,
        attempt_number=number,
        provider=provider,
        model=model,
        service_tier=word(row.get("service_tier")),
        endpoint_tag=tag if endpoint is None else endpoint.canonical_tag,
        use_case=None if endpoint is None else endpoint.use_case,
        stage=row.get("stage") or (None if endpoint is None else endpoint.stage),
        tenant_id=tenant,
        queue=word(row.get("queue")),
        intent=word(row.get("intent")),
        tokens=tokens,
        status=normalised_status(row.get("status")),
        is_reportable=mode in settings.reportable_data_modes
        and environment in settings.reportable_environments,
        reported_cost_usd=parse_money(row.get("reported_cost_usd")),
        sent_id=shown_case(sent_id, tenant),
        sent_kind=sent_kind,
    )


def build_attempts(
    rows: Sequence[RawRow], reference: Reference, settings: Settings, ties: TieBreaker
) -> tuple[list[Attempt], list[Redelivery]]:
    """Attempts in the order of their requests, and the deliveries that were set aside."""
    by_key: defaultdict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for row in rows:
        delivery = read_delivery(row, reference, settings)
        by_key[delivery.key].append(delivery)
    winners: list[Attempt] = []
    redeliveries: list[Redelivery] = []
    for deliveries in by_key.values():
        newest = max(delivery.ingested_at for delivery in deliveries)
        tied = [delivery for delivery in deliveries if delivery.ingested_at == newest]
        winner = tied[0] if len(tied) == 1 else ties.pick_delivery(tied)
        winners.append(winner)
        redeliveries.extend(
            Redelivery(delivery, delivery.payload != winner.payload)
            for delivery in deliveries
            if delivery is not winner
        )
    by_request: defaultdict[str, list[Attempt]] = defaultdict(list)
    for winner in winners:
        _price(winner, reference, settings)
        by_request[winner.request_id].append(winner)
    for attempts in by_request.values():
        _order(attempts, ties)
    ordered = sorted(winners, key=lambda attempt: (attempt.request_id, attempt.attempt_index))
    return ordered, redeliveries


def _price(attempt: Attempt, reference: Reference, settings: Settings) -> None:
    """priced_cost_usd by the price book.

    Cost_usd is the reported figure where given, unless priced_first.
    """
    tokens = attempt.tokens
    price = price_row(
        reference,
        attempt.provider,
        attempt.model,
        attempt.service_tier,
        attempt.request_date,
        tokens["input_tokens"] or 0,
    )
    attempt.priced_cost_usd = priced_cost(
        price,
        tokens["input_tokens"],
        tokens["cached_input_tokens"],
        tokens["cache_write_tokens"],
        tokens["output_tokens"],
    )
    figures = [("reported", attempt.reported_cost_usd), ("priced", attempt.priced_cost_usd)]
    if settings.cost_basis == "priced_first":
        figures.reverse()
    for source, cost in figures:
        if cost is not None:
            attempt.cost_source, attempt.cost_usd = source, cost
            return


def _order(attempts: list[Attempt], ties: TieBreaker) -> None:
    """Order by occurred_at, attempt_number (NULL last), key.

    Waste is every cost but the successful last one's.
    """
    attempts.sort(
        key=lambda attempt: (
            attempt.occurred_at,
            attempt.attempt_number is None,
            attempt.attempt_number or 0,
            ties.key_rank(attempt),
        )
    )
    first = attempts[0]
    for index, attempt in enumerate(attempts, start=1):
        attempt.attempt_index = index
        attempt.is_final = index == len(attempts)
        changed = (attempt.provider, attempt.model) != (first.provider, first.model)
        attempt.is_fallback = index > 1 and changed
        succeeded_last = attempt.is_final and attempt.status == "success"
        attempt.waste_cost_usd = ZERO if succeeded_last else attempt.cost_usd


def attempt_record(attempt: Attempt, reference: Reference) -> dict[str, Any]:
    """The fixed columns of the attempt fact, but for its opaque key."""
    row, tokens = attempt.row, attempt.tokens
    return {
        "request_id": attempt.request_id,
        "attempt_index": attempt.attempt_index,
        "is_retry": attempt.is_retry,
        "is_fallback": attempt.is_fallback,
        "is_final": attempt.is_final,
        "occurred_at": attempt.occurred_at,
        "request_date": attempt.request_date,
        "provider": attempt.provider,
        "model": attempt.model,
        "model_tier": model_tier(reference, attempt.provider, attempt.model),
        "service_tier": attempt.service_tier,
        "endpoint_tag": attempt.endpoint_tag,
        "use_case": attempt.use_case,
        "stage": attempt.stage,
        "prompt_version": attempt.prompt_version,
        "user_id": shown(row.get("user_id"), is_person=True),
        "tenant_id": attempt.tenant_id,
        "workflow_id": attempt.workflow_id,
        "ticket_id": shown_case(row.get("ticket_id"), attempt.tenant_id),
        "queue": attempt.queue,
        "intent": attempt.intent,
        "input_tokens": tokens["input_tokens"],
        "cached_input_tokens": tokens["cached_input_tokens"],
        "cache_write_tokens": tokens["cache_write_tokens"],
        "output_tokens": tokens["output_tokens"],
        "reasoning_tokens": tokens["reasoning_tokens"],
        "usage_source": word(row.get("usage_source")),
        "latency_ms": parse_int(row.get("latency_ms")),
        "status": attempt.status,
        "error_code": row.get("error_code"),
        "data_mode": word(row.get("data_mode")),
        "environment": word(row.get("environment")),
        "is_reportable": attempt.is_reportable,
        "priced_cost_usd": attempt.priced_cost_usd,
        "reported_cost_usd": attempt.reported_cost_usd,
        "cost_usd": attempt.cost_usd,
        "cost_source": attempt.cost_source,
        "waste_cost_usd": attempt.waste_cost_usd,
    }
