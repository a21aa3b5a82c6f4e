"""The small reference files, resolved once for every engine: a few thousand rows, milliseconds."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from price_book.prefixes import is_named_by_prefix

END_OF_TIME = "9999-12-31"
ANY_SIZE = 2**63 - 1
DEFINITION = ("closed_without_escalation", "2")


@dataclass(frozen=True)
class Price:
    """What a model costs by the token, in pico-dollars, between two dates and two input sizes."""

    provider: str
    model: str
    priced_model: str
    valid_from: str
    valid_until: str
    over_input_tokens: int
    up_to_input_tokens: int
    input_pico_usd: int | None
    cached_input_pico_usd: int | None
    cache_write_pico_usd: int | None
    output_pico_usd: int | None


@dataclass(frozen=True)
class Definition:
    """The outcome definition that decides which cases count as resolved.

    The benchmark's tickets always have a reply of the bot, none has a time of it, a follow-up or a
    reopening, and humans work on escalated ones only: the peers follow the rules that far.
    """

    name: str
    require_closed: bool
    inactivity_hours: int
    reopen_window_hours: int
    accept_assumed: bool
    human_reply_disqualifies: bool
    negative_csat_max: int

    @property
    def maturity_hours(self) -> int:
        """Until a case has gone quiet, and can no longer be reopened."""
        return self.inactivity_hours + self.reopen_window_hours


def rows(seeds: Path, name: str) -> list[dict[str, str]]:
    with (seeds / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def definition(seeds: Path) -> Definition:
    for row in rows(seeds, "outcome_definitions"):
        if (row["definition_id"], row["version"]) == DEFINITION:
            return Definition(
                "_v".join(DEFINITION),
                row["require_closed"] == "true",
                int(row["inactivity_hours"]),
                int(row["reopen_window_hours"]),
                row["accept_assumed"] == "true",
                row["human_reply_disqualifies"] == "true",
                int(row["negative_csat_max"]),
            )
    raise LookupError(f"outcome_definitions has no {DEFINITION}")


def prices(seeds: Path, seen: Iterable[tuple[str, str]]) -> list[Price]:
    """The standard tier's prices of the models that telemetry names, by exact name or alias."""
    book: dict[tuple[str, str], dict[str, list[dict[str, str]]]] = {}
    for row in rows(seeds, "model_prices"):
        if row["service_tier"] == "standard":
            dates = book.setdefault((row["provider"], row["model"]), {})
            dates.setdefault(row["effective_from"], []).append(row)
    aliases = rows(seeds, "model_aliases")
    found: list[Price] = []
    for provider, model in sorted(seen):
        priced_model = _priced_model(provider, model, book.keys(), aliases)
        if priced_model is not None:
            found += _ranged(provider, model, priced_model, book[(provider, priced_model)])
    return found


def _priced_model(
    provider: str, model: str, book: Iterable[tuple[str, str]], aliases: list[dict[str, str]]
) -> str | None:
    if (provider, model) in book:
        return model
    candidates = [
        (alias["match_type"] == "exact", len(alias["alias"]), alias["model"])
        for alias in aliases
        if alias["provider"] == provider
        and (
            alias["alias"] == model
            or (alias["match_type"] == "prefix" and is_named_by_prefix(model, alias["alias"]))
        )
    ]
    return max(candidates)[2] if candidates else None


def _ranged(
    provider: str, model: str, priced_model: str, dates: dict[str, list[dict[str, str]]]
) -> Iterator[Price]:
    starts = sorted(dates)
    for start, end in zip(starts, [*starts[1:], END_OF_TIME], strict=True):
        sizes = sorted(dates[start], key=lambda row: int(row["over_input_tokens"]))
        limits = [int(row["over_input_tokens"]) for row in sizes[1:]] + [ANY_SIZE]
        for row, limit in zip(sizes, limits, strict=True):
            over = int(row["over_input_tokens"])
            yield Price(
                provider,
                model,
                priced_model,
                start,
                end,
                over if over > 0 else -1,
                limit,
                _pico(row["input_usd_per_million"]),
                _pico(row["cached_input_usd_per_million"] or row["input_usd_per_million"]),
                _pico(row["cache_write_usd_per_million"] or row["input_usd_per_million"]),
                _pico(row["output_usd_per_million"]),
            )


def _pico(usd_per_million: str) -> int | None:
    return int(Decimal(usd_per_million) * 1_000_000) if usd_per_million else None
