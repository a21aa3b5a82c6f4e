"""What an attempt costs by the price book (design "Price", spec "Attempts")."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from .fields import EXACT, to_money
from .money import ZERO
from .reference import Price, Reference

_PER_MILLION = Decimal(1_000_000)


def priced_model(reference: Reference, provider: str | None, model: str | None) -> str | None:
    """The model under which prices are kept.

    Itself, else its exact alias, else the longest prefix alias.
    """
    if provider is None or model is None:
        return None
    if (provider, model) in reference.prices:
        return model
    if (provider, model) in reference.exact_aliases:
        return reference.exact_aliases[(provider, model)]
    prefixes = [
        (len(alias), target)
        for alias, target in reference.prefix_aliases.get(provider, [])
        if model.startswith(alias)
    ]
    return max(prefixes)[1] if prefixes else None


def model_tier(reference: Reference, provider: str | None, model: str | None) -> str | None:
    """The tier of the model as named, else of the model that its alias stands for."""
    if provider is None or model is None:
        return None
    for name in (model, priced_model(reference, provider, model)):
        if name is not None and (provider, name) in reference.model_tiers:
            return reference.model_tiers[(provider, name)]
    return None


def price_row(
    reference: Reference,
    provider: str | None,
    model: str | None,
    service_tier: str | None,
    day: date,
    input_tokens: int,
) -> Price | None:
    """Tier first, then the newest date, then the input-size tier (strictly over its threshold)."""
    name = priced_model(reference, provider, model)
    if provider is None or name is None:
        return None
    tiers = reference.prices.get((provider, name), {})
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
