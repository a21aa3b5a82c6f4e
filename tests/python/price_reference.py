"""The pricing rule in plain Python over the reference seeds, and usages to compare it with.

`price` is what the warehouse's SQL must give, to the last digit. `random_usages` yields usages of
every model in the book with the cost that the genai-prices library charges for them.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path

from genai_prices import Usage as LibraryUsage
from genai_prices import calc_price
from price_book.prefixes import is_named_by_prefix

REFERENCE = Path(__file__).resolve().parents[2] / "seeds" / "reference"
MILLION = 10**6
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2027, 12, 31)
# What the library calls the things that telemetry has in one field.
LIBRARY_CONTEXTS = ("processing", "service_tier", "speed")
OTHER_TIERS = ("auto", "default", "on_demand")


@dataclass(frozen=True)
class PriceRow:
    input: Decimal | None
    cached: Decimal | None
    cache_write: Decimal | None
    output: Decimal | None


Periods = dict[date, dict[int, PriceRow]]  # effective_from -> over_input_tokens -> prices


@dataclass(frozen=True)
class PriceBook:
    periods: dict[tuple[str, str, str], Periods]  # by provider, model, service tier
    aliases: dict[tuple[str, str, str], str]  # by provider, alias, match type
    # Tiers whose first price was dated back, with that day; the library begins at the next one.
    dated_back: dict[tuple[str, str, str], date] = field(default_factory=dict)

    @staticmethod
    def read(prices: Path, aliases: Path) -> PriceBook:
        periods: dict[tuple[str, str, str], Periods] = {}
        dated_back = {}
        with prices.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                group = periods.setdefault((row["provider"], row["model"], row["service_tier"]), {})
                if "dated back" in row["price_source"]:
                    key = (row["provider"], row["model"], row["service_tier"])
                    dated_back[key] = date.fromisoformat(row["effective_from"])
                sizes = group.setdefault(date.fromisoformat(row["effective_from"]), {})
                sizes[int(row["over_input_tokens"])] = PriceRow(
                    *(
                        Decimal(row[f"{bucket}_usd_per_million"])
                        if row[f"{bucket}_usd_per_million"]
                        else None
                        for bucket in ("input", "cached_input", "cache_write", "output")
                    )
                )
        with aliases.open(newline="", encoding="utf-8") as file:
            found = {
                (row["provider"], row["alias"], row["match_type"]): row["model"]
                for row in csv.DictReader(file)
            }
        return PriceBook(periods, found, dated_back)

    def resolve(self, provider: str, model: str) -> str | None:
        """The model whose prices apply: itself, else an exact alias, else the longest prefix."""
        if (provider, model) in self.models:
            return model
        if exact := self.aliases.get((provider, model, "exact")):
            return exact
        for length in range(len(model), 0, -1):
            alias = model[:length]
            prefix = self.aliases.get((provider, alias, "prefix"))
            if prefix and is_named_by_prefix(model, alias):
                return prefix
        return None

    @cached_property
    def models(self) -> set[tuple[str, str]]:
        return {(provider, model) for provider, model, _ in self.periods}

    def row(
        self, provider: str, model: str, service_tier: str | None, day: date, input_tokens: int
    ) -> PriceRow | None:
        """Tier first, then date, then size."""
        name = self.resolve(_word(provider), _word(model))
        for tier in (_word(service_tier or "") or "standard", "standard"):
            periods = self.periods.get((_word(provider), name or "", tier), {})
            if valid := [start for start in periods if start <= day]:
                sizes = periods[max(valid)]
                fitting = [over for over in sizes if over == 0 or over < input_tokens]
                return sizes[max(fitting)] if fitting else None
        return None

    def price(
        self,
        provider: str,
        model: str,
        service_tier: str | None,
        day: date,
        tokens: tuple[int | None, int | None, int | None, int | None],
    ) -> Decimal | None:
        if all(count is None for count in tokens):
            return None
        all_input, cached, cache_write, output = (count or 0 for count in tokens)
        row = self.row(provider, model, service_tier, day, all_input)
        if row is None:
            return None
        total = Decimal(0)
        for count, dollars in (
            (max(0, all_input - cached - cache_write), row.input),
            (cached, row.input if row.cached is None else row.cached),
            (cache_write, row.input if row.cache_write is None else row.cache_write),
            (output, row.output),
        ):
            if count and dollars is None:
                return None
            total += count * (dollars or Decimal(0)) / MILLION
        return total


def _word(text: str) -> str:
    return text.strip().lower()


@cache
def shipped() -> PriceBook:
    return PriceBook.read(REFERENCE / "model_prices.csv", REFERENCE / "model_aliases.csv")


def price(
    provider: str,
    model: str,
    service_tier: str | None,
    date: date,
    input: int | None,  # noqa: A002 - the words of the telemetry
    cached: int | None,
    cache_write: int | None,
    output: int | None,
) -> Decimal | None:
    """The priced cost of an attempt, exact; None: unpriced or unobserved."""
    tokens = (input, cached, cache_write, output)
    return shipped().price(provider, model, service_tier, date, tokens)


@dataclass(frozen=True)
class Usage:
    provider: str
    model: str
    service_tier: str | None
    date: date
    input: int
    cached: int
    cache_write: int
    output: int
    expected: Decimal | None  # the library's cost; None: the price book has none

    def priced(self) -> Decimal | None:
        return price(
            self.provider,
            self.model,
            self.service_tier,
            self.date,
            self.input,
            self.cached,
            self.cache_write,
            self.output,
        )


def library_cost(
    provider: str,
    model: str,
    service_tier: str | None,
    at: datetime,
    tokens: tuple[int, int, int, int],
) -> Decimal:
    """What the library charges. It rejects cached and written tokens above all input tokens."""
    all_input, cached, cache_write, output = tokens
    book = shipped()
    group = (provider, book.resolve(provider, model) or "", service_tier or "")
    start = book.dated_back.get(group)
    if start is not None and start <= at.date():
        first = min(day for day in book.periods[group] if day > start)
        at = max(at, datetime.combine(first, time(0), UTC))
    return calc_price(
        LibraryUsage(
            input_tokens=all_input,
            cache_read_tokens=cached,
            cache_write_tokens=cache_write,
            output_tokens=output,
        ),
        model_ref=model,
        provider_id=provider,
        genai_request_timestamp=at,
        price_context=dict.fromkeys(LIBRARY_CONTEXTS, service_tier) if service_tier else None,
    ).total_price


def random_usages(n: int, seed: int) -> Iterator[Usage]:
    """Usages over every provider, model and tier in turn, so that some thousands cover them all."""
    book = shipped()
    rng = random.Random(seed)  # noqa: S311 - seeded for repeatable tests
    groups = sorted(book.periods)
    ids: dict[tuple[str, str], list[str]] = {}
    for (provider, alias, match_type), model in sorted(book.aliases.items()):
        if match_type == "exact" and (provider, model) in book.models:
            ids.setdefault((provider, model), []).append(alias)
    rng.shuffle(groups)
    for index in range(n):
        provider, model, tier = groups[index % len(groups)]
        periods = book.periods[provider, model, tier]
        day = _day(rng, sorted(periods))
        tokens = _tokens(rng, sorted({over for sizes in periods.values() for over in sizes} - {0}))
        sent_tier = tier if tier != "standard" else rng.choice((None, "standard", *OTHER_TIERS))
        sent_model = rng.choice([model, model, *ids.get((provider, model), [])])
        if rng.random() < 0.01:
            yield Usage(provider, f"no-such-model-{index}", sent_tier, day, *tokens, None)
            continue
        row = book.row(provider, model, tier, day, tokens[0])
        if row is None or row.output is None:
            # The library charges nothing for output that has no price; the book says unpriced.
            unpriced = row is None or (tokens[3] > 0 and rng.random() < 0.2)
            tokens = tokens if unpriced else (*tokens[:3], 0)
            if unpriced:
                yield Usage(provider, sent_model, sent_tier, day, *tokens, None)
                continue
        at = datetime.combine(day, time(rng.randrange(24), rng.randrange(60)), UTC)
        expected = library_cost(provider, sent_model, sent_tier, at, tokens)
        yield Usage(provider, sent_model, sent_tier, day, *tokens, expected)


def _day(rng: random.Random, starts: list[date]) -> date:
    start = rng.choice(starts)
    if rng.random() < 0.6 and start > FIRST_DAY:
        return start + timedelta(days=rng.choice((-1, 0, 1)))
    return date(2024, 1, 1) + timedelta(days=rng.randrange((LAST_DAY - date(2024, 1, 1)).days))


def _tokens(rng: random.Random, thresholds: list[int]) -> tuple[int, int, int, int]:
    if thresholds and rng.random() < 0.7:
        all_input = rng.choice(thresholds) + rng.choice((-1, 0, 1))
    else:
        all_input = rng.choice((0, 1, rng.randrange(10**4), rng.randrange(10**6)))
    cached = rng.choice((0, all_input, rng.randint(0, all_input)))
    cache_write = rng.choice((0, all_input - cached, rng.randint(0, all_input - cached)))
    return all_input, cached, cache_write, rng.choice((0, 1, rng.randrange(10**5)))
