"""Random small worlds of raw rows, and landing folders that hold them.

`worlds(reference_dir)` is a strategy of worlds: at most about 40 telemetry rows, a dozen tickets
and a few outcomes, out of small pools so that ids, times and versions collide.
`write_landing(world, folder, seed)` spreads a world over JSONL, CSV and Parquet files; the same
world with another seed is the same rows in other files and another order, so every result has to
stay the same.

Every value is text as an export would hold it, or None. A few readings that the rules leave open
are kept out on purpose: fields with only blanks, numbers with a sign or an exponent where a count
is meant, negative costs, and two versions of an outcome row with the same completed_at.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from oracle.fields import (
    CORRUPT_RECORD,
    RAW_TABLES,
    TOKEN_FIELDS,
    camel_case,
    parse_time,
)
from oracle.reference import Reference, load_reference

Row = dict[str, str | None]
Value = TypeVar("Value")

MAX_TELEMETRY_ROWS: Final = 40
MAX_TICKET_ROWS: Final = 24
_TIME_FIELDS: Final = frozenset(
    name for names in RAW_TABLES.values() for name in names if name.endswith("_at")
)
_CORRUPT_LINES: Final = (
    '{"externalRequestId": "r-1", "provider": "openai", "inputTok',
    '{"ticketId": "T-1", "status": }',
    "[1, 2, 3]",
    '"just a string"',
    "42",
    "null",
    "Traceback (most recent call last):",
)


@dataclass
class World:
    """Raw rows by table, and the variables that a run of this world is given."""

    rows: dict[str, list[Row]]
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def llm_requests(self) -> list[Row]:
        """Telemetry rows."""
        return self.rows["llm_requests"]

    @property
    def tickets(self) -> list[Row]:
        """Ticket rows, several versions of one ticket among them."""
        return self.rows["tickets"]

    @property
    def workflow_outcomes(self) -> list[Row]:
        """Outcome rows of other use cases."""
        return self.rows["workflow_outcomes"]

    @property
    def provider_invoices(self) -> list[Row]:
        """Invoice lines."""
        return self.rows["provider_invoices"]


@dataclass(frozen=True)
class Pools:
    """The few values that a world is made of, out of the reference tables at hand."""

    models: tuple[tuple[str, str], ...]
    tiers: tuple[str, ...]
    thresholds: tuple[int, ...]
    tags: tuple[str, ...]
    support_tags: tuple[str, ...]
    versions: tuple[str, ...]
    tenants: tuple[str, ...]
    users: tuple[str, ...]
    intents: tuple[str, ...]
    use_cases: tuple[str, ...]
    definitions: tuple[str, ...]
    main_tags: tuple[str, ...]
    last_release: int
    moments: tuple[datetime, ...]

    @classmethod
    def of(cls, reference: Reference) -> Pools:
        """A deterministic, small choice that still has every kind of reference row."""
        releases = sorted(reference.releases, key=lambda release: release.released_at)
        support = [
            (tag, endpoint)
            for tag, endpoint in sorted(reference.endpoints.items())
            if endpoint.use_case == "support"
        ]
        # An endpoint with several releases first, under its own name and under another team's.
        counts = {tag: sum(r.endpoint_tag == tag for r in releases) for tag in reference.endpoints}
        support.sort(key=lambda item: (-counts.get(item[1].canonical_tag, 0), item[0]))
        others = [tag for tag, e in sorted(reference.endpoints.items()) if e.use_case != "support"]
        main = support[0][1].canonical_tag if support else "support.reply"
        main_releases = [release for release in releases if release.endpoint_tag == main]
        moments = _moments([release.released_at for release in main_releases[-2:]], reference)
        last = main_releases[-1].released_at if main_releases else moments[0]
        definitions = {name for name, _ in reference.outcome_definitions}
        labels = {definition.label for definition in reference.outcome_definitions.values()}
        return cls(
            models=_models(reference),
            tiers=tuple(sorted({tier for tiers in reference.prices.values() for tier in tiers})),
            thresholds=_thresholds(reference) or (200_000,),
            tags=tuple(tag for tag, _ in support[:3]) + tuple(others[:: max(1, len(others) // 4)]),
            support_tags=tuple(tag for tag, _ in support[:3]) or ("support.reply",),
            versions=tuple(release.prompt_version for release in main_releases[-3:])
            or ("v1", "v2"),
            tenants=tuple(sorted(set(reference.user_tenants.values()))[:3]) or ("acme",),
            users=tuple(sorted(reference.user_tenants)[:3]) or ("u-known",),
            intents=tuple(sorted(reference.intents)[:3]) or ("refund",),
            use_cases=tuple(
                sorted({e.use_case for e in reference.endpoints.values() if e.use_case})
            ),
            definitions=tuple(sorted(definitions | labels)),
            main_tags=tuple(tag for tag, e in support if e.canonical_tag == main) or (main,),
            last_release=moments.index(last) if last in moments else 0,
            moments=moments,
        )


def _thresholds(reference: Reference) -> tuple[int, ...]:
    found = {
        price.over_input_tokens
        for tiers in reference.prices.values()
        for prices in tiers.values()
        for price in prices
        if price.over_input_tokens
    }
    return tuple(sorted(found))[:3]


def _models(reference: Reference) -> tuple[tuple[str, str], ...]:
    """A model of each kind: size tiers, several dates, free buckets, aliases, no price at all."""
    kinds: dict[str, tuple[str, str]] = {}
    for key, tiers in sorted(reference.prices.items()):
        prices = [price for rows in tiers.values() for price in rows]
        traits = {
            "sized": any(price.over_input_tokens for price in prices),
            "tiered": len(tiers) > 2,
            "dated": len({price.effective_from for price in prices}) > 1,
            "late": min(price.effective_from for price in prices).year >= 2026,
            "no cached price": any(price.cached_price is None for price in prices),
            "no write price": any(
                price.cached_price is not None and price.cache_write_price is None
                for price in prices
            ),
            "free": any(price.input_price == 0 for price in prices),
            "no input price": any(price.input_price is None for price in prices),
            "no output price": any(price.output_price is None for price in prices),
        }
        for trait, present in traits.items():
            if present:
                kinds.setdefault(trait, key)
    found = list(dict.fromkeys(kinds.values()))
    exact = sorted(reference.exact_aliases)[:1]
    found += exact
    for provider, aliases in sorted(reference.prefix_aliases.items())[:2]:
        # The longest alias that another one is a prefix of, so that the longer one has to win.
        nested = [
            alias
            for alias, _ in aliases
            if any(alias != other and alias.startswith(other) for other, _ in aliases)
        ]
        alias = max(nested or [alias for alias, _ in aliases], key=lambda name: (len(name), name))
        found.append((provider, f"{alias}-20260101"))
    return (*found, ("selfhosted", "llama-mystery"), ("openai", "no-such-model"))


def _moments(releases: Sequence[datetime], reference: Reference) -> tuple[datetime, ...]:
    """Moments around which something changes: a release, a month, a week, a day, a price."""
    centre = releases[-1] if releases else datetime(2026, 6, 3, 8)  # noqa: DTZ001
    month = centre.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    monday = (centre - timedelta(days=centre.weekday())).replace(hour=0, minute=0, second=0)
    changes = sorted(
        {
            datetime(*price.effective_from.timetuple()[:3])  # noqa: DTZ001
            for tiers in reference.prices.values()
            for prices in tiers.values()
            for price in prices
            if abs((price.effective_from - centre.date()).days) < 40
        }
    )[:1]
    second = timedelta(seconds=1)
    found = [
        *(release + delta for release in releases for delta in (-second, timedelta(), 30 * second)),
        centre - timedelta(days=9),
        centre + timedelta(days=4),
        centre + timedelta(days=10, hours=3),
        *(edge + delta for edge in (month, monday, *changes) for delta in (-second, timedelta())),
    ]
    return tuple(dict.fromkeys(found))


class _Dice:
    """Draws out of pools; what comes first is what shrinking ends at."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw

    def pick(self, *values: Value) -> Value:
        """Any of the values."""
        picked: Value = self.draw(st.sampled_from(values))
        return picked

    def mostly(self, usual: Value, *others: Value, weight: int = 6) -> Value:
        """The usual value, now and then one of the others."""
        return self.pick(*([usual] * weight), *others)

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        picked: int = self.draw(st.integers(low, high))
        return picked

    def chance(self, one_in: int) -> bool:
        """True once in a while."""
        return self.number(1, one_in) == one_in


def _spelled(moment: datetime, dice: _Dice) -> str:
    """A time in one of the spellings of ISO 8601 that exporters use."""
    style = dice.mostly("Z", "none", "space", "+00:00", "+02:00", "-0530", weight=4)
    if style in ("+02:00", "-0530"):
        shift = timedelta(hours=2) if style == "+02:00" else -timedelta(hours=5, minutes=30)
        moment += shift
    text = moment.isoformat(sep=" " if style == "space" else "T")
    if style in ("none", "space"):
        return text
    return text + ("-05:30" if style == "-0530" else style)


def _time_or_not(moment: datetime, dice: _Dice, weight: int = 12) -> str | None:
    return dice.mostly(
        _spelled(moment, dice), None, "", "not a time", "2026-13-45T00:00:00Z", weight=weight
    )


def _ids(prefix: str, count: int) -> tuple[str, ...]:
    return tuple(f"{prefix}-{number}" for number in range(1, count + 1))


_TICKETS: Final = _ids("T", 6)
_CONVERSATIONS: Final = _ids("C", 4)
_WORKFLOWS: Final = _ids("W", 4)


def _workflow_ids(dice: _Dice) -> Row:
    kind = dice.pick("ticket", "ticket", "ticket", "conversation", "both", "workflow", "none")
    row: Row = {}
    if kind in ("ticket", "both"):
        row["ticket_id"] = dice.mostly(
            dice.pick(*_TICKETS), "T-without-a-row", " T-1", "None", weight=8
        )
    if kind in ("conversation", "both"):
        row["conversation_id"] = dice.pick(*_CONVERSATIONS)
    if kind == "workflow" or dice.chance(8):
        row["workflow_id"] = dice.pick(*_WORKFLOWS)
    return row


def _tokens(dice: _Dice, pools: Pools) -> Row:
    """Usage: plain, cached, over a size tier, written as '12.0', missing, or not a count at all."""
    threshold = dice.pick(*pools.thresholds)
    kind = dice.mostly(
        "plain", "cached", "cached over input", "size tier", "decimal", "none", "part", weight=5
    )
    row: Row = {
        "input_tokens": str(dice.pick(1200, 40, 0, 333)),
        "output_tokens": str(dice.pick(7, 250, 0, 96)),
    }
    if kind == "cached":
        row |= {"cached_input_tokens": "30", "cache_write_tokens": dice.pick(None, "8", "0")}
        row["cache_write_1h_tokens"] = dice.mostly(None, "3", "8", weight=2)
    elif kind == "cached over input":
        row |= {"cached_input_tokens": "5000", "cache_write_tokens": dice.pick(None, "200")}
    elif kind == "size tier":
        row["input_tokens"] = str(threshold + dice.pick(0, 1, -1))
        row["cached_input_tokens"] = dice.pick(None, "1000")
    elif kind == "decimal":
        row |= {"input_tokens": "12.0", "cached_input_tokens": dice.pick(None, "4.0")}
    elif kind == "none":
        row |= {"input_tokens": None, "output_tokens": None}
    elif kind == "part":
        row[dice.pick("input_tokens", "output_tokens")] = None
    if dice.chance(6):
        row["reasoning_tokens"] = dice.pick("5", "0")
        row["total_tokens"] = dice.pick("1207", "1")
    if dice.chance(14):
        row[dice.pick(*TOKEN_FIELDS)] = dice.pick("12.5", "abc", "-3", "1,200", "1.200", "1" * 19)
    return row


def _telemetry(dice: _Dice, pools: Pools) -> list[Row]:
    """Requests of one or more attempts, each delivered once or more."""
    rows: list[Row] = []
    # Half of the worlds look at one endpoint around its last release, so that arms have units.
    is_release = dice.chance(2)
    requests = dice.number(8, 18) if is_release else dice.number(0, 14)
    position = 0
    while requests > 0 and len(rows) < MAX_TELEMETRY_ROWS:
        requests -= 1
        if is_release and dice.number(1, 5) > 1:
            rows.append(_release_request(dice, pools, position))
            position += 1
            continue
        shared = _request(dice, pools)
        for _ in range(dice.pick(1, 1, 1, 2, 3)):
            # Each event has its own milliseconds, so that times tie only where a tie is meant.
            event = shared | _attempt(dice, pools, position)
            position += 1
            rows.append(event)
            rows.extend(_deliveries(dice, event))
            if dice.chance(9):
                rows.append(_twin(dice, event))
            if dice.chance(3):
                rows += _states(dice, event)
    return rows[:MAX_TELEMETRY_ROWS]


def _request(dice: _Dice, pools: Pools) -> Row:
    support = dice.chance(2)
    tag = dice.pick(*pools.support_tags) if support else dice.pick(*pools.tags)
    return {
        "external_request_id": dice.mostly(
            dice.pick(*_ids("req", 8)), None, "", "undefined", weight=12
        ),
        "endpoint_tag": dice.mostly(tag, tag.upper(), "team.unknown", None, weight=10),
        "prompt_version": dice.mostly(dice.pick(*pools.versions), "v-unregistered", None, weight=8),
        "user_id": dice.pick(*pools.users, "u-nobody", None),
        "tenant_id": dice.mostly(None, *pools.tenants, "tenant-unlisted", weight=4),
        "queue": dice.mostly("general", "Billing ", None, weight=4),
        "intent": dice.mostly(dice.pick(*pools.intents), "smalltalk", None, " REFUND", weight=4),
        "data_mode": dice.mostly("real", "Real ", "test", "demo", None, weight=12),
        "environment": dice.mostly("prod", "production", "PROD", "staging", None, weight=12),
        "stage": dice.mostly(None, "draft", weight=6),
        **_workflow_ids(dice),
    }


def _release_request(dice: _Dice, pools: Pools, position: int) -> Row:
    """A plain request of a case on one endpoint, on the version that was live at the time."""
    release = pools.moments[pools.last_release]
    is_new = dice.chance(2)
    near = [
        moment
        for moment in pools.moments
        if abs(moment - release) < timedelta(days=28) and (moment >= release) == is_new
    ]
    moment = dice.pick(*near) + timedelta(milliseconds=position)
    kind = dice.pick("ticket_id", "ticket_id", "conversation_id")
    provider, model = pools.models[0]
    return {
        "external_request_id": f"rel-{position}",
        "attempt_number": "1",
        "occurred_at": _spelled(moment, dice),
        "endpoint_tag": dice.pick(*pools.main_tags),
        "prompt_version": pools.versions[-1 if is_new else -2],
        "provider": provider,
        "model": model,
        "input_tokens": str(dice.pick(1000, 1200, 900, 4000)),
        "output_tokens": str(dice.pick(100, 50, 300)),
        "status": "success",
        "data_mode": "real",
        "environment": "prod",
        kind: dice.pick(*(_TICKETS if kind == "ticket_id" else _CONVERSATIONS)),
    }


def _attempt(dice: _Dice, pools: Pools, position: int) -> Row:
    provider, model = dice.pick(*pools.models)
    moment = dice.pick(*pools.moments) + timedelta(milliseconds=position)
    identity = dice.pick("number", "number", "nothing", "id", "both")
    given = dice.pick("1", "2", "3", "2.0", "first")
    row: Row = {
        "attempt_id": dice.pick("a1", "a2", "a3") if identity in ("id", "both") else None,
        "attempt_number": given if identity in ("number", "both") else None,
        "occurred_at": _time_or_not(moment, dice),
        # Seconds, hours or days late; the late ones tie with nothing.
        "ingested_at": _time_or_not(moment + dice.pick(*_DELAYS), dice),
        "provider": dice.mostly(provider, provider.title(), weight=8),
        "model": dice.mostly(model, model.upper(), f" {model} ", None, weight=10),
        "service_tier": dice.mostly(None, "standard", *pools.tiers, "scale", weight=6),
        "latency_ms": dice.mostly("840", "30000", None, "slow"),
        "status": dice.pick(
            *("success", "success", "OK", "error", "429", "timeout", "503", "odd", None),
            *("tool_calls", "END_TURN", "max-tokens", "content_filter", "refusal"),
        ),
        "error_code": dice.mostly(None, "429", "overloaded"),
        "usage_source": dice.mostly("provider", "Estimated", None),
        "reported_cost_usd": dice.mostly(
            None,
            "0.0123",
            "0",
            "0.000000000001",
            "0.0000000000005",
            "0.12345678901249999",
            "1.000000000000500000000000001",
            "3.5e-05",
            "n/a",
            weight=10,
        ),
        **_tokens(dice, pools),
        "is_cache_hit": dice.mostly(None, "true", "no", "perhaps", weight=20),
        "tool_fee_usd": dice.mostly(None, "0.01", "-1", weight=20),
        "source_system": dice.mostly(None, "gateway", weight=10),
    }
    if row["input_tokens"] and dice.chance(10):
        row |= {"input_tokens": None, "uncached_input_tokens": row["input_tokens"]}
    if dice.chance(5):
        row |= {
            "turn_index": "1",
            "tool_name": "lookup_order",
            "retrieval_hit": dice.pick("true", "no"),
        }
    return row


_DELAYS: Final = (
    timedelta(seconds=2),
    timedelta(),
    timedelta(hours=1),
    timedelta(days=3),
    timedelta(days=40),
)


def _deliveries(dice: _Dice, event: Row) -> list[Row]:
    """The same event again: unchanged or changed, sooner, later or at the same time."""
    again: list[Row] = []
    for number in range(dice.mostly(0, 1, 2, weight=4)):
        copy = dict(event)
        base = parse_time(event["ingested_at"]) or parse_time(event["occurred_at"])
        shift = dice.pick(timedelta(), timedelta(hours=5), -timedelta(hours=2), timedelta(days=2))
        if base is not None and shift:
            copy["ingested_at"] = _spelled(base + shift, dice)
        if dice.chance(2):
            # Of tied payloads any may win, so a change has to be one that the fact shows.
            copy["user_id"] = f"u-changed-{number}"
            changed = dice.pick("tenant_id", "prompt_version", "reported_cost_usd", "output_tokens")
            values = {
                "tenant_id": "tenant-corrected",
                "prompt_version": "v-unregistered",
                "reported_cost_usd": "0.5",
                "output_tokens": "41",
            }
            copy[changed] = values[changed]
            if dice.chance(3):
                copy |= {"ticket_id": dice.pick(*_TICKETS), "conversation_id": None}
        again.append(copy)
    return again


def _states(dice: _Dice, event: Row) -> list[Row]:
    """An answer of an unnamed attempt that is logged again and again, or one that is not one."""
    moment = parse_time(event["occurred_at"])
    if event["attempt_id"] or event["attempt_number"] or moment is None:
        return []
    states: list[Row] = []
    output = dice.number(0, 50)
    for _ in range(dice.number(1, 3)):
        moment += timedelta(seconds=dice.pick(0, 1, 299, 301))
        output += dice.pick(0, 7, 100, -5)
        states.append(
            event
            | {
                "occurred_at": _spelled(moment, dice),
                "output_tokens": str(max(output, 0)),
                "status": dice.mostly(event["status"], "error", weight=6),
            }
        )
    return states


def _twin(dice: _Dice, event: Row) -> Row:
    """Another attempt of the same moment, told apart by its number alone."""
    return event | {
        "attempt_id": None,
        "attempt_number": dice.pick("4", "5"),
        "provider": dice.pick(event["provider"], "anthropic"),
        "status": dice.pick("success", "failed"),
        "output_tokens": "17",
    }


def _tickets(dice: _Dice, pools: Pools) -> list[Row]:
    """Tickets in one or more versions, and conversations with an outcome under their own id."""
    rows: list[Row] = []
    position = 0
    for ticket_id in (*_TICKETS, *_CONVERSATIONS):
        if dice.number(1, 3) == 1:
            continue
        for _ in range(dice.pick(1, 1, 1, 2, 3)):
            rows.append(_ticket(dice, pools, ticket_id, position))
            position += 1
    if dice.chance(5):
        # Merges that run in a circle, with a third ticket that leads into it.
        for source, target in (("T-4", "T-5"), ("T-5", "T-4"), ("T-6", "T-5")):
            rows.append(_ticket(dice, pools, source, position) | {"merged_into_ticket_id": target})
            position += 1
    if dice.chance(12):
        rows.append(_ticket(dice, pools, None, position))
    return rows[:MAX_TICKET_ROWS]


def _ticket(dice: _Dice, pools: Pools, ticket_id: str | None, position: int) -> Row:
    # Its own second in opened_at (else its own project) tells versions apart where updated_at ties.
    has_opened = not dice.chance(8)
    opened = dice.pick(*pools.moments) + timedelta(seconds=position)
    resolved = dice.mostly(dice.pick(*pools.moments), None, weight=2)
    reopened = None
    if resolved is not None and dice.chance(2):
        reopened = resolved + timedelta(
            seconds=dice.pick(3600, 0, 168 * 3600, 168 * 3600 + 1, -3600, 336 * 3600)
        )
    silent_since = dice.pick(*pools.moments) - dice.pick(timedelta(hours=72), timedelta())
    # Before and after what they compete with.
    near = [
        moment + timedelta(hours=dice.pick(-1, 0, 1))
        for moment in (silent_since, resolved, reopened)
        if moment is not None
    ]
    merged: tuple[str | None, ...] = (None,)
    if ticket_id is not None and ticket_id.startswith("T"):
        merged = (None, *_TICKETS, "T-gone")
    conversation_moves = ticket_id is not None and ticket_id.startswith("C") and dice.chance(6)

    def maybe(moment: datetime | None, weight: int = 8) -> str | None:
        return None if moment is None else _time_or_not(moment, dice, weight=weight)

    return {
        "ticket_id": ticket_id,
        "tenant_id": dice.pick(None, *pools.tenants),
        "channel": dice.pick("chat", "Email ", None),
        "queue": dice.pick(None, "general", " BILLING"),
        "intent": dice.pick(None, *pools.intents, "smalltalk"),
        "project": dice.pick(None, "marketplace", "core") if has_opened else f"project-{position}",
        "status": dice.pick(
            *("closed", "solved", "Solved ", "open", "pending", "open", None),
            *("On-Hold", "canceled", "5", "deleted" if dice.chance(5) else "Resolved"),
        ),
        "source_system": dice.mostly(None, "Freshdesk", weight=2),
        "opened_at": _spelled(opened, dice) if has_opened else None,
        "first_resolved_at": maybe(resolved),
        "last_resolved_at": maybe(resolved),
        "closed_at": maybe(dice.mostly(None, resolved, dice.pick(*pools.moments), weight=2)),
        "reopen_count": None if reopened is None else dice.pick("1", "1", "2", None),
        "last_bot_reply_at": maybe(dice.mostly(None, silent_since, *near, weight=1), weight=20),
        "first_human_reply_at": maybe(dice.mostly(None, *near, weight=4), weight=20),
        "last_human_reply_at": maybe(dice.mostly(None, *near, weight=4), weight=20),
        "follow_up_of_ticket_id": dice.mostly(None, *_TICKETS, weight=8),
        "resolved_by": dice.mostly(None, "bot", "Human", "nobody", weight=8),
        "quality_verdict": dice.mostly(None, "negative", "positive", weight=12),
        "exclusion_reason": dice.mostly(None, "side conversation", weight=20),
        "last_reopened_at": maybe(reopened, weight=20),
        "escalated_at": dice.mostly(None, _spelled(opened, dice), "soon", weight=8),
        "human_requested_at": dice.mostly(None, _spelled(opened, dice), weight=10),
        "human_public_replies": dice.pick("0", "0", "0", "1", "2.0", None),
        "bot_public_replies": dice.pick("2", "1", "3", "0", None),
        "last_customer_message_at": maybe(silent_since),
        "customer_confirmed": dice.mostly(None, "true", "FALSE", "maybe", weight=5),
        "csat": dice.mostly(
            None, "1", "2", "3", "4", "5", "5.0", "great", "bad", "Good", "offered", weight=6
        ),
        "handle_minutes": dice.pick(
            "4.5", "0", "55", None, None, "4 min" if dice.chance(6) else None
        ),
        "merged_into_ticket_id": dice.pick(*_TICKETS)
        if conversation_moves
        else dice.mostly(None, dice.pick(*merged), weight=8),
        "is_spam": dice.mostly("false", "true", None, weight=14),
        "is_test": dice.mostly("false", " True", None, weight=18),
        "updated_at": dice.mostly(
            _spelled(dice.pick(*pools.moments), dice), None, "yesterday", weight=8
        ),
    }


def _outcomes(dice: _Dice, pools: Pools) -> list[Row]:
    """Outcomes of other use cases: open, then completed; some for workflows never seen."""
    rows: list[Row] = []
    for workflow_id in dice.draw(
        st.lists(st.sampled_from((*_WORKFLOWS, "W-unseen")), unique=True, max_size=4)
    ):
        started = dice.pick(*pools.moments)
        row: Row = {
            "workflow_id": workflow_id,
            "use_case": dice.pick(*pools.use_cases),
            "outcome": dice.pick("email_sent", "patch_merged", "rejected", "abandoned"),
            "is_success": dice.pick("true", "false", "True", None),
            "tenant_id": dice.pick(None, *pools.tenants),
            "started_at": _spelled(started, dice),
            "completed_at": _spelled(started + timedelta(hours=2), dice),
            "value_usd": dice.pick("12.50", None, "n/a"),
        }
        stage = dice.pick("completed", "open", "both")
        if stage in ("open", "both"):
            rows.append(row | {"completed_at": None, "is_success": None, "outcome": None})
        if stage in ("completed", "both"):
            rows.append(row)
    if dice.chance(10):
        rows.append({"use_case": "sales", "outcome": "email_sent"})
    return rows


def _invoices(dice: _Dice) -> list[Row]:
    return [
        {
            "provider": dice.mostly("openai", "Anthropic ", None, weight=5),
            "billing_month": dice.mostly("2026-06", "2026-09-01", None, weight=5),
            "line_item": dice.pick(None, "gpt-5.6-terra"),
            "billed_usd": dice.pick("12.34", "n/a"),
            "credit_usd": dice.pick(None, "1.00"),
            "currency": "USD",
        }
        for _ in range(dice.number(0, 3))
    ]


@st.composite
def _worlds(draw: st.DrawFn, pools: Pools) -> World:
    dice = _Dice(draw)
    rows = {
        "llm_requests": _telemetry(dice, pools),
        "tickets": _tickets(dice, pools),
        "workflow_outcomes": _outcomes(dice, pools),
        "provider_invoices": _invoices(dice),
    }
    for table in rows:
        for _ in range(dice.mostly(0, 1, 2, weight=6)):
            rows[table].append({CORRUPT_RECORD: dice.pick(*_CORRUPT_LINES)})
    moment = dice.pick(*pools.moments)
    as_of = dice.mostly("", f"{moment.isoformat(sep=' ')}", weight=2)
    low = dice.chance(2)
    variables = {
        "as_of": as_of,
        "outcome_definition": dice.mostly("closed_without_escalation_v2", *pools.definitions)
        if "closed_without_escalation_v2" in pools.definitions
        else dice.pick(*pools.definitions),
        "cost_basis": dice.mostly("reported_first", "priced_first", weight=3),
        # A small world has findings only where a few units are enough.
        "regression_min_units": 2 if low else 60,
        "regression_min_stratum_units": dice.pick(1, 2) if low else 10,
        "regression_min_extra_usd": 0.0001 if low else 1.0,
    }
    return World(rows, variables)


def worlds(reference_dir: str | Path) -> st.SearchStrategy[World]:
    """Worlds out of the reference tables in a folder."""
    return _worlds(Pools.of(load_reference(reference_dir)))


def sample_worlds(reference_dir: str | Path, count: int, seed_value: int = 1) -> list[World]:
    """The same different worlds every time, for tests whose runs are too dear to shrink."""
    found: dict[str, World] = {}

    @seed(seed_value)
    @settings(
        max_examples=count * 5,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds(reference_dir))
    def collect(world: World) -> None:
        # Generation often repeats a part of an earlier world: one world a telemetry table.
        found.setdefault(repr(world.llm_requests), world)

    collect()
    # The richest ones, in an order of their own: small worlds are what shrinking is for.
    ranked = sorted(found.values(), key=lambda world: -len(world.llm_requests) - len(world.tickets))
    return ranked[:count]


def write_landing(world: World, folder: str | Path, seed: int) -> Path:
    """Write a world as a landing folder: several files a table, in a mix of formats and names.

    A table without rows is a missing folder, an empty one, or one with an empty file.
    """
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for table, rows in world.rows.items():
        _write_table(where, table, rows, dice)
    # Not just now: a file that may still be written to, and ends within a line, is read without it.
    for path in where.rglob("*"):
        os.utime(path, (path.stat().st_mtime - 60,) * 2)
    return where


def _write_table(where: Path, table: str, rows: Sequence[Row], dice: random.Random) -> None:
    home = where / table
    if not rows:
        if dice.random() < 0.5:
            home.mkdir()
            if dice.random() < 0.3:
                (home / "part-empty.jsonl").write_text("")
        return
    shuffled = list(rows)
    dice.shuffle(shuffled)
    # A typed time is another text of the same payload: only where no payloads are compared.
    typed_times = table != "llm_requests"
    number = 0
    while shuffled:
        size = dice.randint(1, max(1, len(rows) // 2))
        chunk, shuffled = shuffled[:size], shuffled[size:]
        subfolder = dice.choice(("", "2026", "2026/09", "region=eu/day=2026-09-01"))
        stem = f"part-{number}"
        number += 1
        target = home / subfolder
        target.mkdir(parents=True, exist_ok=True)
        style = dice.choice(("jsonl", "jsonl", "csv", "parquet"))
        if style == "jsonl":
            _write_jsonl(target / f"{stem}.jsonl", chunk, dice)
        elif style == "csv":
            _write_csv(target / f"{stem}.csv", table, chunk, dice)
        else:
            _write_parquet(target / f"{stem}.parquet", chunk, dice, typed_times)


def _namer(dice: random.Random) -> Callable[[str], str]:
    return camel_case if dice.random() < 0.5 else str


def _write_jsonl(path: Path, rows: Sequence[Row], dice: random.Random) -> None:
    name = _namer(dice)
    ending = dice.choice(("\n", "\n", "\r\n"))
    lines: list[str] = []
    for row in rows:
        corrupt = row.get(CORRUPT_RECORD)
        lines.append(corrupt if corrupt is not None else _json_line(row, name, dice))
        if dice.random() < 0.1:
            lines.append(dice.choice(("", "   ")))
    text = ending.join(lines) + (ending if dice.random() < 0.8 else "")
    path.write_text(text, encoding="utf-8", newline="")


def _json_line(row: Row, name: Callable[[str], str], dice: random.Random) -> str:
    parts: list[str] = []
    for key, value in row.items():
        if value is None:
            choice = dice.random()
            if choice < 0.7:
                continue
            literal = "null" if choice < 0.9 else '""'
        else:
            literal = _json_literal(key, value, dice)
        parts.append(f"{json.dumps(name(key))}: {literal}")
    if dice.random() < 0.2:
        parts.append('"someNewField": {"nested": [1, 2]}')
    dice.shuffle(parts)
    return "{" + ", ".join(parts) + "}"


def _json_literal(key: str, value: str, dice: random.Random) -> str:
    """A number or boolean without quotes where that loses nothing in any parser."""
    is_number = re.fullmatch(r"(0|[1-9]\d{0,11})(\.\d{1,12})?", value) and len(value) <= 15
    if is_number and not key.endswith("_id") and dice.random() < 0.6:
        return value
    if value in ("true", "false") and dice.random() < 0.6:
        return value
    return json.dumps(value)


def _write_csv(path: Path, table: str, rows: Sequence[Row], dice: random.Random) -> None:
    """A header of the fields in use, in any order, with a field that nobody asked for."""
    name = _namer(dice)
    used = {key for row in rows for key, value in row.items() if value not in (None, "")}
    used -= {CORRUPT_RECORD}
    fields = [key for key in RAW_TABLES[table] if key in used or dice.random() < 0.2]
    # Three fields at least, so that a broken line never fits by chance.
    fields += [key for key in RAW_TABLES[table] if key not in fields][: max(0, 3 - len(fields))]
    dice.shuffle(fields)
    ending = dice.choice(("\n", "\n", "\r\n"))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=ending)
    extra = ["someNewField"] if dice.random() < 0.3 else []
    writer.writerow([*map(name, fields), *extra])
    for row in rows:
        if row.get(CORRUPT_RECORD) is not None:
            writer.writerow(dice.choice((["broken"], ["x"] * (len(fields) + len(extra) + 2))))
        else:
            writer.writerow([*(row.get(key) or "" for key in fields), *("1" for _ in extra)])
        if dice.random() < 0.05:
            buffer.write(ending)
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")


def _write_parquet(path: Path, rows: Sequence[Row], dice: random.Random, typed_times: bool) -> None:
    """Text columns, or typed ones where every value of the file fits its type."""
    name = _namer(dice)
    used = list(dict.fromkeys(key for row in rows for key in row))
    columns: dict[str, pa.Array] = {}
    for key in used:
        values = [row.get(key) for row in rows]
        columns[name(key)] = _column(key, values, dice, typed_times)
    pq.write_table(pa.table(columns), path)


def _column(
    key: str, values: Sequence[str | None], dice: random.Random, typed_times: bool
) -> pa.Array:
    given = [value for value in values if value is not None]
    if given and dice.random() < 0.5:
        if key not in ("external_request_id", "user_id") and all(
            re.fullmatch(r"0|[1-9]\d{0,17}", value) for value in given
        ):
            return pa.array([None if v is None else int(v) for v in values], pa.int64())
        if all(value in ("true", "false") for value in given):
            return pa.array([None if v is None else v == "true" for v in values], pa.bool_())
        times = [parse_time(value) for value in values]
        if (
            typed_times
            and key in _TIME_FIELDS
            and all(
                (time is None) == (value is None) for time, value in zip(times, values, strict=True)
            )
        ):
            zone = dice.choice((None, "UTC"))
            return pa.array(times, pa.timestamp("us")).cast(pa.timestamp("us", tz=zone))
    return pa.array(values, pa.string())


__all__ = ["Pools", "World", "sample_worlds", "worlds", "write_landing"]
