"""Reads the genai-prices library and says what of it the price table can hold exactly.

The table has a price for plain input, cached input, cache writes and output, by date, service tier
and input size. Whatever the library charges by another measure is reported, never approximated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

FIRST_DAY = date(1970, 1, 1)  # a price with no start date is valid from here
STANDARD = "standard"

# Who sells its own models or runs models on its own machines; no marketplaces.
DEFAULT_PROVIDERS = (
    "anthropic",
    "aws",
    "azure",
    "cerebras",
    "cloudflare",
    "cohere",
    "databricks",
    "deepseek",
    "fireworks",
    "google",
    "groq",
    "meta",
    "minimax",
    "mistral",
    "moonshotai",
    "openai",
    "perplexity",
    "together",
    "voyageai",
    "x-ai",
    "zai",
    "zhipuai",
)

# Request contexts of the library that telemetry carries as its service tier.
TIER_CONTEXTS = ("processing", "service_tier", "speed")

TEXT_KEYS = (
    "input_mtok",
    "cache_read_mtok",
    "cache_write_mtok",
    "output_mtok",
    "cache_write_1h_mtok",
)
# Charged only when a request uses the feature; its tokens are priced exactly all the same.
OPTIONAL_FEES = {
    "web_searches_kcount": "web searches",
    "social_searches_kcount": "social searches",
    "storage_searches_kcount": "file searches",
    "code_executions_kcount": "code executions",
}
MODALITIES = ("audio", "image", "video")
# A model whose name says this is not used for plain text, so its token counts are mixed.
MODALITY_WORDS = frozenset(
    ("audio", "image", "live", "omni", "realtime", "sonic", "transcribe", "video", "voice")
)
OTHER_MEASURES = {
    "requests_kcount": "a fee for every request",
    "audio_hours": "hours of audio",
    "input_audio_hours": "hours of audio",
    "output_audio_hours": "hours of audio",
    "input_mchars": "characters",
    "input_text_messages_kcount": "messages",
    "input_document_kpages": "document pages",
    "input_annotated_document_kpages": "document pages",
    "input_gpixels": "pixels",
    "rerank_searches_kcount": "rerank searches",
}


class NotExpressibleError(ValueError):
    """The table cannot hold this price without changing what some request costs."""


@dataclass(frozen=True)
class Prices:
    """US dollars a million tokens. None: no price of its own."""

    input_tokens: Decimal | None
    cached_input: Decimal | None
    cache_write: Decimal | None
    output_tokens: Decimal | None
    cache_write_1h: Decimal | None = None


PriceSet = dict[int, Prices]  # over_input_tokens -> prices


@dataclass(frozen=True)
class Entry:
    """A model that a provider bills, under a name that the library itself resolves to it."""

    provider: Provider
    model: ModelInfo
    name: str

    @property
    def is_borrowed(self) -> bool:
        """From another provider's list (the library's fallback): only standard prices apply."""
        return not any(self.model is own for own in self.provider.models)


@dataclass
class Book:
    prices: dict[tuple[str, str, str], dict[date, PriceSet]] = field(default_factory=dict)
    unpriced: dict[tuple[str, str], str] = field(default_factory=dict)
    left_out: dict[tuple[str, str], str] = field(default_factory=dict)
    # The first day of a tier, where it is not the library's own (see _dated_back).
    dated_back: dict[tuple[str, str, str], date] = field(default_factory=dict)


def providers(ids: Iterable[str]) -> list[Provider]:
    known = {provider.id: provider for provider in get_snapshot().providers}
    unknown = sorted(set(ids) - known.keys())
    if unknown:
        raise SystemExit(
            f"unknown provider: {', '.join(unknown)}\nknown: {', '.join(sorted(known))}"
        )
    return [known[provider_id] for provider_id in sorted(set(ids))]


def find(provider: Provider, model_ref: str) -> ModelInfo | None:
    """The library's own answer for a model id."""
    return provider.find_model(model_ref, all_providers=get_snapshot().providers)


def entries(provider: Provider, literals: Mapping[int, list[str]]) -> Iterator[Entry]:
    """Every model that the provider bills. Some ids are no id that the library resolves."""
    lenders = [
        p for p in get_snapshot().providers if p.id in (provider.fallback_model_providers or [])
    ]
    for owner in (provider, *lenders):
        for model in owner.models:
            for name in (model.id.lower(), *literals[id(model)]):
                if find(provider, name) is model:
                    yield Entry(provider, model, name)
                    break


def build(models: Iterable[Entry]) -> Book:
    book = Book()
    for entry in models:
        key = (entry.provider.id, entry.name)
        try:
            history, notes = _history(entry)
        except NotExpressibleError as reason:
            book.unpriced[key] = str(reason)
            continue
        for tier, periods in history.items():
            book.prices[(*key, tier)] = periods
            start = _dated_back(periods, history[STANDARD])
            if tier != STANDARD and start < min(periods):
                periods[start] = periods[min(periods)]
                book.dated_back[(*key, tier)] = start
        if notes:
            book.left_out[key] = ", ".join(sorted(notes))
    return book


def _history(entry: Entry) -> tuple[dict[str, dict[date, PriceSet]], set[str]]:
    model = entry.model
    contexts: dict[str, dict[str, str]] = {}
    notes: set[str] = set()
    for variant in [] if entry.is_borrowed else model.price_variants or []:
        (context, value), *others = variant.when.items()
        if others or context not in TIER_CONTEXTS:
            changed = {key for key, price in vars(variant.prices).items() if price is not None}
            if changed - OPTIONAL_FEES.keys():
                raise NotExpressibleError(
                    f"the price depends on {' and '.join(sorted(variant.when))}"
                )
        elif contexts.setdefault(value, {context: value}) != {context: value}:
            raise NotExpressibleError(f"two kinds of request are both called {value}")

    standard, found = _periods(model, None)
    notes |= found
    history = {STANDARD: standard}
    for tier, when in contexts.items():
        periods, found = _periods(model, when)
        notes |= found
        # A tier that never differs needs no rows: requests fall back to standard.
        if any(prices != _at(standard, day) for day, prices in periods.items()) or any(
            prices != _at(periods, day) for day, prices in standard.items() if day >= min(periods)
        ):
            history[tier.lower()] = periods
    return history, notes


def _dated_back(periods: Mapping[date, PriceSet], standard: Mapping[date, PriceSet]) -> date:
    """The day from which a tier's first price holds.

    The library dates many tiers by the day on which it took note of them, long after they were on
    sale. A tier is a discount or a surcharge on the standard price, so its first price holds as
    long as the standard price that was in force on that day.
    """
    first = min(periods)
    return max((day for day in standard if day <= first), default=first)


def _periods(
    model: ModelInfo, when: dict[str, str] | None
) -> tuple[dict[date, PriceSet], set[str]]:
    """The price set of every period that starts at a date, with periods of equal price joined."""
    conditional = (
        model.prices if isinstance(model.prices, list) else [ConditionalPrice(prices=model.prices)]
    )
    variants = [v for v in model.price_variants or [] if v.when == when]
    constraints = [c.constraint for c in conditional] + [v.constraint for v in variants]
    days = {FIRST_DAY} | {c.start_date for c in constraints if isinstance(c, StartDateConstraint)}
    clock = {time(0, tzinfo=UTC)}
    for constraint in constraints:
        if isinstance(constraint, TimeOfDateConstraint):
            clock |= {_utc(constraint.start_time), _utc(constraint.end_time)}

    periods: dict[date, PriceSet] = {}
    notes: set[str] = set()
    for day in sorted(days):
        if when and not any(
            v.constraint is None or v.constraint.active(_noon(day)) for v in variants
        ):
            continue  # before this tier had a price, its requests cost the standard price
        sets = []
        for at in sorted(clock):
            prices, found = _price_set(model, model.get_prices(datetime.combine(day, at), when))
            sets.append(prices)
            notes |= found
        if any(prices != sets[0] for prices in sets):
            raise NotExpressibleError("the price depends on the time of day")
        if not periods or periods[max(periods)] != sets[0]:
            periods[day] = sets[0]
    return periods, notes


def _price_set(model: ModelInfo, price: ModelPrice) -> tuple[PriceSet, set[str]]:
    by_key: dict[str, Decimal | TieredPrices] = {
        k: v for k, v in vars(price).items() if v is not None
    }
    if not by_key:
        raise NotExpressibleError("the library has no price (it may be free, or not known)")
    notes: set[str] = set()
    named_for = MODALITY_WORDS & set(re.split(r"[^a-z]", model.id.lower()))
    for key, value in by_key.items():
        if key in OTHER_MEASURES:
            raise NotExpressibleError(f"charged by {OTHER_MEASURES[key]}")
        if key in TEXT_KEYS:
            continue
        if key in OPTIONAL_FEES:
            notes.add(OPTIONAL_FEES[key])
            continue
        modality = re.sub("^(cache|input|output)_", "", key).partition("_")[0]
        if value == by_key.get(_text_twin(key)):
            continue
        if modality not in MODALITIES:
            raise NotExpressibleError(f"{modality} tokens have a price of their own")
        if key.startswith("output_"):
            raise NotExpressibleError(
                f"{modality} output has a price of its own, and counts are not split"
            )
        if named_for:
            raise NotExpressibleError(f"made for {modality} input, which has a price of its own")
        notes.add(f"{modality} input")
    if "input_mtok" not in by_key:
        raise NotExpressibleError("no price for input tokens")
    notes |= {f"{word} (the library prices its text alone)" for word in named_for}

    sizes = {0}
    for value in by_key.values():
        if isinstance(value, TieredPrices):
            if any(tier.start <= 0 for tier in value.tiers):
                raise NotExpressibleError("a size tier that starts at no tokens")
            sizes |= {tier.start for tier in value.tiers}
    return {size: _prices(by_key, size) for size in sorted(sizes)}, notes


def _prices(by_key: Mapping[str, Decimal | TieredPrices], over: int) -> Prices:
    return Prices(*(_amount(by_key.get(key), over) for key in TEXT_KEYS))


def _amount(value: Decimal | TieredPrices | None, over: int) -> Decimal | None:
    if isinstance(value, TieredPrices):
        # The library takes the highest tier that starts strictly below the total input.
        value = [value.base, *(tier.price for tier in value.tiers if tier.start <= over)][-1]
    if value is not None and (value * 10**6) % 1:
        raise NotExpressibleError("a price has more than 6 decimals")
    return value


def _text_twin(key: str) -> str:
    """The text price that would apply to these tokens if they had no price of their own."""
    if key.startswith("cache_"):
        return "cache_read_mtok" if "_read_" in key else "cache_write_mtok"
    return "input_mtok" if key.startswith("input_") else "output_mtok"


def _at(periods: Mapping[date, PriceSet], day: date) -> PriceSet | None:
    return periods.get(max((d for d in periods if d <= day), default=FIRST_DAY))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12, tzinfo=UTC))


def _utc(value: time) -> time:
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return datetime.combine(FIRST_DAY, value).astimezone(UTC).timetz()
