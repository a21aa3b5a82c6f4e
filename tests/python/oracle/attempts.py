"""Redelivery or retry, order within a request, attributes, price and waste of attempts (spec
"Attempts").
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol

from .fields import (
    LLM_REQUEST_FIELDS,
    TOKEN_FIELDS,
    identifier,
    parse_bool,
    parse_count,
    parse_money,
    parse_natural,
    parse_time,
    word,
)
from .money import ZERO
from .pricing import meant, model_tier, price_row, priced_cost
from .privacy import shown, shown_case
from .raw import RawRow
from .reference import Reference
from .settings import Settings

_SUCCESS = frozenset(
    [
        "success",
        "succeeded",
        "ok",
        "completed",
        "stop",
        "toolcalls",
        "tooluse",
        "functioncall",
        "endturn",
        "stopsequence",
        "eos",
        "length",
        "maxtokens",
        "maxoutputtokens",
    ]
)
_ERROR = frozenset(
    [
        "error",
        "failed",
        "failure",
        "timeout",
        "timedout",
        "ratelimited",
        "cancelled",
        "contentfilter",
        "refusal",
        "safety",
        "recitation",
    ]
)


# No outcome yet, or words for not knowing one.
_GOING_ON = frozenset(
    [
        *("", "inprogress", "streaming", "running", "processing", "generating", "started"),
        *("pending", "queued", "partial", "chunk", "delta", "unspecified"),
        *("none", "null", "nil", "undefined", "n/a"),
    ]
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
    is_cache_hit: bool
    tool_fee_usd: Decimal
    sent_id: str | None
    sent_kind: str | None
    # Filled in once the redeliveries are set aside.
    attempt_index: int = 0
    is_fallback: bool = False
    is_final: bool = False
    is_snapshot: bool = False
    priced_cost_usd: Decimal | None = None
    # Provider and model of the price row, else as sent.
    priced_as: tuple[str | None, str | None] = (None, None)
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


@dataclass(frozen=True)
class Version:
    """What counted for a key at the end of days: from known_on, until the day it was replaced."""

    attempt: Attempt
    known_on: date
    replaced_on: date | None


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
    spelled = re.sub(r"[^a-z0-9]|^finishreason\.", "", word(text) or "")
    if spelled in _SUCCESS or re.fullmatch(r"2\d\d", spelled):
        return "success"
    coded = re.match(r"(?:http(?:[123][01]?)?|status|statuscode|code|error)*([245])\d\d", spelled)
    if coded and not spelled[coded.end() :][:1].isdigit():
        return "success" if coded[1] == "2" else "error"
    if re.fullmatch(r"(no|zero|0|without)(error|exception|timeout)s?", spelled):
        return "unknown"
    is_named = re.search(r"error(?!s?(none|null|no|false|0)$)|exception|timeout|timedout", spelled)
    return "error" if spelled in _ERROR or is_named else "unknown"


def ends_without_answer(row: RawRow) -> bool:
    """An error code, or a status that is neither a success nor a word for going on."""
    if identifier(row.get("error_code")) is not None:
        return True
    spelled = re.sub(r"[^a-z0-9/]|^finishreason\.?", "", word(row.get("status")) or "")
    return normalised_status(row.get("status")) != "success" and spelled not in _GOING_ON


def _sent_workflow(row: RawRow) -> tuple[str | None, str | None]:
    """ticket_id, else conversation_id, else workflow_id, else unattributed."""
    for kind in ("ticket", "conversation", "workflow"):
        sent = row.get(f"{kind}_id")
        if sent is not None:
            return sent, kind
    return None, None


def parse_cost(text: str | None) -> Decimal | None:
    """Dollars from 0; a call never costs less than nothing."""
    value = parse_money(text)
    return None if value is None or value < 0 else value


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


_WORDS: Final = frozenset(
    {"provider", "model", "service_tier", "endpoint_tag", "stage", "queue", "intent"}
    | {"data_mode", "environment", "status"}
)
_COUNTS: Final = frozenset(
    {*TOKEN_FIELDS, "latency_ms", "turn_index", "retrieval_top_k", "retrieved_chunks"}
)
# The names of an attempt, its times, and what is said about it rather than what it did.
_NOT_DONE: Final = frozenset(
    {"external_request_id", "attempt_id", "attempt_number", "occurred_at", "ingested_at"}
    | {"usage_source", "reported_cost_usd", "reported_cost", "reported_cost_currency"}
)
_INPUT_COUNTS: Final = (
    *("input_tokens", "uncached_input_tokens", "cached_input_tokens"),
    *("cache_write_tokens", "cache_write_1h_tokens"),
)


def _what_it_did(row: RawRow) -> tuple[object, ...]:
    """What tells a call without a name apart: all that it did, and for whom."""
    did: list[object] = []
    for name in LLM_REQUEST_FIELDS:
        if name in _NOT_DONE:
            continue
        text = row.get(name)
        if name in _WORDS:
            did.append(word(text))
        elif name in _COUNTS:
            did.append(parse_count(text))
        else:
            did.append(parse_bool(text) if name == "retrieval_hit" else text)
    return tuple(did)


def read_tokens(row: RawRow, is_cache_hit: bool) -> dict[str, int | None]:
    """The counts of an event; a gateway's own answer consumed none."""
    names = (*TOKEN_FIELDS, "uncached_input_tokens", "cache_write_1h_tokens")
    tokens = {name: parse_count(row.get(name)) for name in names}
    if tokens["cache_write_tokens"] is None:
        tokens["cache_write_tokens"] = tokens["cache_write_1h_tokens"]
    uncached = tokens.pop("uncached_input_tokens")
    if uncached is not None:
        cache = (tokens["cached_input_tokens"] or 0) + (tokens["cache_write_tokens"] or 0)
        tokens["input_tokens"] = uncached + cache
    return dict.fromkeys(tokens) if is_cache_hit else tokens


def read_reported_cost(row: RawRow) -> Decimal | None:
    """In dollars; the shipped seed has a rate of no other currency."""
    in_dollars = parse_cost(row.get("reported_cost_usd"))
    if in_dollars is None and word(row.get("reported_cost_currency")) == "usd":
        return parse_cost(row.get("reported_cost"))
    return in_dollars


def read_delivery(row: RawRow, reference: Reference, settings: Settings) -> Attempt:
    """Types, normal forms and attributes of one accepted row."""
    ingested = parse_time(row.get("ingested_at"))
    occurred = parse_time(row.get("occurred_at")) or ingested
    if occurred is None:
        raise ValueError("a row without a usable time is rejected before")
    provider, model = word(row.get("provider")), word(row.get("model"))
    is_cache_hit = bool(parse_bool(row.get("is_cache_hit")))
    tokens = read_tokens(row, is_cache_hit)
    number = parse_natural(row.get("attempt_number"))
    fingerprint = repr((occurred, _what_it_did(row)))
    attempt_id = row.get("attempt_id")
    if attempt_id is not None:
        discriminator = f"id:{attempt_id}"
    elif number is not None:
        discriminator = f"no:{(number, provider, model)!r}"
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
        reported_cost_usd=read_reported_cost(row),
        is_cache_hit=is_cache_hit,
        tool_fee_usd=parse_cost(row.get("tool_fee_usd")) or ZERO,
        sent_id=shown_case(sent_id, tenant),
        sent_kind=sent_kind,
    )


def _rank(delivery: Attempt) -> tuple[object, ...]:
    """The largest of the deliveries of one key counts."""
    tokens = delivery.tokens["output_tokens"]
    longest = -1 if tokens is None else tokens
    if delivery.is_snapshot:
        return (delivery.occurred_at, longest, delivery.ingested_at)
    return (delivery.ingested_at, longest)


def tell_requests_apart(sent: Sequence[Attempt]) -> None:
    """Give deliveries of one sent id that cannot be of one request a request each."""
    unnamed = [delivery for delivery in sent if delivery.row.get("attempt_id") is None]
    parts: defaultdict[tuple[_Pair, datetime | None], list[Attempt]] = defaultdict(list)
    by_owner: defaultdict[_Pair, list[Attempt]] = defaultdict(list)
    owners = _owners(unnamed)
    for delivery in unnamed:
        by_owner[owners[_named_pair(delivery)]].append(delivery)
    for owner, deliveries in by_owner.items():
        starts = _starts(deliveries)
        dated = [delivery for delivery in deliveries if _sent_time(delivery) is not None]
        first = min(dated, key=lambda each: (each.ingested_at, each.occurred_at), default=None)
        for delivery in deliveries:
            moment = _sent_time(delivery) or (first and _sent_time(first))
            start = max((start for start in starts if moment and start <= moment), default=None)
            parts[(owner, start)].append(delivery)
    first_part = min(
        parts,
        key=lambda part: (
            *min((each.ingested_at, each.occurred_at) for each in parts[part]),
            *_in_order(part[0]),
            part[1] is None,
            part[1] or datetime(1, 1, 1),  # noqa: DTZ001 - all times are UTC
        ),
        default=None,
    )
    for part, deliveries in parts.items():
        if part != first_part:
            for delivery in deliveries:
                delivery.request_id = "synthetic-" + _md5(repr((delivery.request_id, part)))


_Pair = tuple[str | None, str | None]


def _in_order(pair: _Pair) -> tuple[str, ...]:
    """A missing name comes last."""
    return tuple("\U0010ffff" if name is None else name for name in pair)


def _named_pair(delivery: Attempt) -> _Pair:
    return delivery.row.get("ticket_id"), delivery.row.get("tenant_id")


def _sent_time(delivery: Attempt) -> datetime | None:
    return parse_time(delivery.row.get("occurred_at"))


def _owners(deliveries: Sequence[Attempt]) -> dict[_Pair, _Pair]:
    """Ticket and tenant as named: those of the request that they are of."""
    firsts: dict[_Pair, tuple[datetime, datetime]] = {}
    for delivery in deliveries:
        pair = _named_pair(delivery)
        moments = firsts.get(pair, (delivery.ingested_at, delivery.occurred_at))
        firsts[pair] = (
            min(moments[0], delivery.ingested_at),
            min(moments[1], delivery.occurred_at),
        )
    in_order = sorted(firsts, key=lambda pair: (*firsts[pair], *_in_order(pair)))
    whole = [pair for pair in in_order if None not in pair]
    owners: dict[_Pair, _Pair] = {pair: pair for pair in whole}
    halves: list[list[_Pair]] = [[], []]
    for pair in in_order:
        place = 0 if pair[0] is not None else 1
        if pair.count(None) == 1:
            fitting = [other for other in whole if other[place] == pair[place]]
            owners[pair] = fitting[0] if fitting else pair
            if not fitting:
                halves[place].append(pair)
    if all(halves):
        together = (halves[0][0][0], halves[1][0][1])
        owners[halves[0][0]] = owners[halves[1][0]] = together
    if (None, None) in firsts:
        named = [pair for pair in in_order if pair != (None, None)]
        owners[None, None] = owners[named[0]] if named else (None, None)
    return owners


def _starts(deliveries: Sequence[Attempt]) -> list[datetime]:
    """When a request begins because an attempt is named again over 24 hours later."""
    starts: list[datetime] = []
    seen: dict[str, datetime] = {}
    dated = [(moment, each) for each in deliveries if (moment := _sent_time(each)) is not None]
    for moment, delivery in sorted(dated, key=lambda item: item[0]):
        named = delivery.discriminator if delivery.attempt_number is not None else None
        first = seen.get(named) if named is not None else None
        if not starts or (first is not None and moment - first > timedelta(hours=24)):
            starts.append(moment)
            seen = {}
        if named is not None:
            seen.setdefault(named, moment)
    return starts


def join_snapshots(own: Sequence[Attempt]) -> None:
    """Give the states of a streamed answer, which nobody named, the key of the first."""
    streams: defaultdict[tuple[object, ...], list[Attempt]] = defaultdict(list)
    for delivery in own:
        if delivery.row.get("attempt_id") is None and delivery.attempt_number is None:
            counts = tuple(delivery.tokens.get(name) for name in _INPUT_COUNTS)
            streams[(delivery.provider, delivery.model, *counts)].append(delivery)
    for stream in streams.values():
        answers: list[list[Attempt]] = []
        for delivery in sorted(stream, key=_place_in_stream):
            if not answers or not _continues(answers[-1][-1], delivery):
                answers.append([])
            answers[-1].append(delivery)
        for answer in answers:
            if len({delivery.tokens["output_tokens"] for delivery in answer}) > 1:
                for delivery in answer:
                    delivery.is_snapshot = True
                    delivery.discriminator = answer[0].discriminator


def _place_in_stream(delivery: Attempt) -> tuple[object, ...]:
    tokens = delivery.tokens["output_tokens"]
    return (delivery.occurred_at, tokens is None, tokens or 0, delivery.discriminator)


def _continues(before: Attempt, after: Attempt) -> bool:
    shorter, longer = before.tokens["output_tokens"], after.tokens["output_tokens"]
    return (
        not ends_without_answer(before.row)
        and not ends_without_answer(after.row)
        and shorter is not None
        and longer is not None
        and shorter <= longer
        and after.occurred_at - before.occurred_at <= timedelta(minutes=5)
    )


def build_attempts(
    rows: Sequence[RawRow], reference: Reference, settings: Settings, ties: TieBreaker
) -> tuple[list[Attempt], list[Redelivery]]:
    """Attempts in the order of their requests, and the deliveries that were set aside."""
    by_sent: defaultdict[str, list[Attempt]] = defaultdict(list)
    for row in rows:
        delivery = read_delivery(row, reference, settings)
        by_sent[delivery.request_id].append(delivery)
    by_key: defaultdict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for sent in by_sent.values():
        tell_requests_apart(sent)
        by_own: defaultdict[str, list[Attempt]] = defaultdict(list)
        for delivery in sent:
            by_own[delivery.request_id].append(delivery)
        for own in by_own.values():
            join_snapshots(own)
        for delivery in sent:
            by_key[delivery.key].append(delivery)
    winners: list[Attempt] = []
    redeliveries: list[Redelivery] = []
    for deliveries in by_key.values():
        winner = _winner(deliveries, ties)
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


def known_versions(
    attempts: Sequence[Attempt],
    redeliveries: Sequence[Redelivery],
    reference: Reference,
    settings: Settings,
    ties: TieBreaker,
) -> list[Version]:
    """Every delivery that counted at the end of a day, of those of its key that had come."""
    by_key: defaultdict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for delivery in [*attempts, *(redelivery.delivery for redelivery in redeliveries)]:
        by_key[delivery.key].append(delivery)
    versions: list[Version] = []
    for deliveries in by_key.values():
        counted: list[tuple[date, Attempt]] = []
        for day in sorted({_known_on(delivery) for delivery in deliveries}):
            come = [delivery for delivery in deliveries if _known_on(delivery) <= day]
            winner = _winner(come, ties)
            if not counted or counted[-1][1] is not winner:
                counted.append((day, winner))
        ends = [day for day, _ in counted[1:]]
        for (day, delivery), end in zip(counted, [*ends, None], strict=True):
            if end is not None:
                _price(delivery, reference, settings)
            versions.append(Version(delivery, day, end))
    return versions


def _known_on(delivery: Attempt) -> date:
    return max(delivery.ingested_at, delivery.occurred_at).date()


def _winner(deliveries: Sequence[Attempt], ties: TieBreaker) -> Attempt:
    newest = max(map(_rank, deliveries))
    tied = [delivery for delivery in deliveries if _rank(delivery) == newest]
    return tied[0] if len(tied) == 1 else ties.pick_delivery(tied)


def lacks_a_part(tokens: dict[str, int | None]) -> bool:
    """A total above the one part that is given: the other was consumed, and is not known."""
    read, output, total = (tokens[f"{name}_tokens"] for name in ("input", "output", "total"))
    cache = (tokens["cached_input_tokens"] or 0) + (tokens["cache_write_tokens"] or 0)
    known = (cache if read is None else read) + (output or 0)
    return total is not None and total > known and None in (read, output)


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
    named = meant(reference, attempt.provider, attempt.model) if price is not None else None
    attempt.priced_as = named or (attempt.provider, attempt.model)
    attempt.priced_cost_usd = priced_cost(
        price,
        tokens["input_tokens"],
        tokens["cached_input_tokens"],
        tokens["cache_write_tokens"],
        tokens["output_tokens"],
        tokens["cache_write_1h_tokens"],
    )
    # An answer from a gateway's own store costs nothing, unless it was billed.
    if attempt.is_cache_hit and not (attempt.reported_cost_usd or 0) > 0:
        attempt.cost_source, attempt.cost_usd = "cache_hit", ZERO
        return
    if lacks_a_part(tokens):
        attempt.priced_cost_usd = None
    priced = attempt.priced_cost_usd
    # A 0 beside a list price is how gateways say that they know no price.
    is_zero = attempt.reported_cost_usd == 0 and priced is not None and priced > 0
    figures = [
        ("reported", None if is_zero else attempt.reported_cost_usd),
        ("priced", None if priced is None else priced + attempt.tool_fee_usd),
    ]
    if settings.cost_basis == "priced_first":
        figures.reverse()
    for source, cost in figures:
        if cost is not None:
            attempt.cost_source, attempt.cost_usd = source, cost
            return


def _order(attempts: list[Attempt], ties: TieBreaker) -> None:
    """Order by occurred_at, attempt_number (NULL last), a success last, key.

    Waste is every cost but the successful last one's.
    """
    attempts.sort(
        key=lambda attempt: (
            attempt.occurred_at,
            attempt.attempt_number is None,
            attempt.attempt_number or 0,
            attempt.status == "success",
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
        "latency_ms": parse_count(row.get("latency_ms")),
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
