"""What an attempt costs by the price book (design "Price", spec "Attempts")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from .fields import EXACT, to_money
from .money import ZERO
from .reference import Price, Reference

_PER_MILLION = Decimal(1_000_000)
_REGION = re.compile(r"(us|us-gov|eu|ap|apac|jp|au|ca|sa|global)[.]")


def meant(reference: Reference, provider: str | None, model: str | None) -> tuple[str, str] | None:
    """The provider and the model of the price book that an event means (spec "Price").

    A provider may go by another word, and gateways put words and regions before a model: what is
    left then has to be known. A model of nobody in particular is that of the only one who has it.
    """
    if model is None:
        return None
    key = (provider or "", model)
    if key not in reference.meanings:
        reference.meanings[key] = _meant(reference, *key)
    return reference.meanings[key]


def _meant(reference: Reference, provider: str, model: str) -> tuple[str, str] | None:
    sellers = {seller for seller, _ in reference.prices}
    words = {seller: seller for seller in sellers} | reference.provider_aliases
    named = words.get(provider, provider)
    candidates = []
    for removed, name, prefix in _names(model, words):
        other = None if provider in words else prefix
        is_open = not provider and other is None
        for seller in sellers if is_open else sellers & {named, other}:
            rank = 1 if seller == named else 2 if seller == other else 3
            candidates += [
                (rank, removed, preference, -length, seller, target)
                for preference, length, target in _known(reference, seller, name)
            ]
    if len({seller for *_, seller, _ in candidates}) > 1:
        candidates = [each for each in candidates if each[0] < 3]
    return min(candidates)[-2:] if candidates else None


def _names(model: str, words: dict[str, str]) -> list[tuple[int, str, str | None]]:
    """The name less what stands before it, with how much that is and whom it names."""
    found: list[tuple[int, str, str | None]] = [(0, model, None)]
    name, seller = model, None
    while "/" in name and len(found) < 9:
        before, name = name.split("/", 1)
        parts = before.split(":")
        seller = words.get(parts[2] if parts[0] == "arn" and len(parts) > 2 else before, seller)
        found.append((len(found), name, seller))
    return found + [
        (removed + 100, name[region.end() :], seller)
        for removed, name, seller in found
        if (region := _REGION.match(name))
    ]


def _known(reference: Reference, seller: str, name: str) -> Iterator[tuple[int, int, str]]:
    """What of a provider goes by a name: itself, an exact alias, a beginning."""
    if (seller, name) in reference.prices:
        yield 1, len(name), name
    if (seller, name) in reference.exact_aliases:
        yield 2, len(name), reference.exact_aliases[(seller, name)]
    for alias, target in reference.prefix_aliases.get(seller, []):
        if _is_version_of(name, alias):
            yield 3, len(alias), target


# A date, a version or a word for the newest, in any order; nothing else is the same model.
_PART = re.compile(
    r"[-@](?:20\d{6}|20\d\d-\d\d-\d\d|\d\d-\d\d|\d\d-20\d\d|\d{4}|0\d\d)(?![0-9])"
    r"|[-@](?:latest|default|preview|exp|v\d+)(?![0-9a-z])|:\d+"
)


def _is_version_of(name: str, alias: str) -> bool:
    """Whether a beginning is followed by nothing that makes another model of it."""
    if not name.startswith(alias):
        return False
    if alias.endswith(".ft-"):
        return True
    number = re.search(r"[-@]\d+-?$", alias)
    starts = {len(alias), len(alias.removesuffix("-")), number.start() if number else len(alias)}
    for start in starts:
        rest = name[start:]
        while part := _PART.match(rest):
            rest = rest[part.end() :]
        if not rest or (alias.startswith("ft:") and rest.startswith(":")):
            return True
    return False


def priced_model(reference: Reference, provider: str | None, model: str | None) -> str | None:
    """The model under which prices are kept."""
    found = meant(reference, provider, model)
    return None if found is None else found[1]


def model_tier(reference: Reference, provider: str | None, model: str | None) -> str | None:
    """The tier of the model as named, else of the model that is meant."""
    if provider is not None and model is not None and (provider, model) in reference.model_tiers:
        return reference.model_tiers[(provider, model)]
    names = meant(reference, provider, model)
    return None if names is None else reference.model_tiers.get(names)


def price_row(
    reference: Reference,
    provider: str | None,
    model: str | None,
    service_tier: str | None,
    day: date,
    input_tokens: int,
) -> Price | None:
    """Tier first, then the newest date, then the input-size tier (strictly over its threshold)."""
    names = meant(reference, provider, model)
    tiers = {} if names is None else reference.prices.get(names, {})
    for tier in (service_tier or "standard", "standard"):
        valid = [price for price in tiers.get(tier, []) if price.effective_from <= day]
        if valid:
            newest = max(price.effective_from for price in valid)
            fitting = [
                price
                for price in valid
                if price.effective_from == newest
                and (price.over_input_tokens == 0 or price.over_input_tokens < input_tokens)
            ]
            return max(fitting, key=lambda price: price.over_input_tokens, default=None)
    return None


def priced_cost(
    price: Price | None,
    input_tokens: int | None,
    cached_tokens: int | None,
    cache_write_tokens: int | None,
    output_tokens: int | None,
    one_hour_tokens: int | None = None,
) -> Decimal | None:
    """Disjoint buckets times their price, exact.

    NULL when unobserved, or when a price that is needed is missing.
    """
    counts = (input_tokens, cached_tokens, cache_write_tokens, output_tokens)
    if price is None or all(count is None for count in counts):
        return None
    everything, cached, written, output = (count or 0 for count in counts)
    plain = max(0, everything - cached - written)
    cached_price = price.input_price if price.cached_price is None else price.cached_price
    write_price = price.input_price if price.cache_write_price is None else price.cache_write_price
    one_hour = one_hour_tokens or 0
    one_hour_price = (
        write_price if price.cache_write_1h_price is None else price.cache_write_1h_price
    )
    total = ZERO
    for tokens, per_million in (
        (plain, price.input_price),
        (cached, cached_price),
        (max(0, written - one_hour), write_price),
        (one_hour, one_hour_price),
        (output, price.output_price),
    ):
        if tokens == 0:
            continue
        if per_million is None:
            return None
        part = EXACT.divide(EXACT.multiply(Decimal(tokens), per_million), _PER_MILLION)
        total = EXACT.add(total, part)
    return to_money(total)
