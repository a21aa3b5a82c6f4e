"""The price file: its rows, its text form, and what a new library would add to it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from price_book.library import FIRST_DAY, Book, Prices, PriceSet

SOURCE = "genai-prices"
DATED_BACK = f"{SOURCE}; dated back to the standard price that it goes with"
COLUMNS = (
    "provider",
    "model",
    "service_tier",
    "over_input_tokens",
    "effective_from",
    "input_usd_per_million",
    "cached_input_usd_per_million",
    "cache_write_usd_per_million",
    "output_usd_per_million",
    "cache_write_1h_usd_per_million",
    "left_out",
    "price_source",
    "price_version",
)
PRICE_COLUMNS = COLUMNS[5:10]
Group = tuple[str, str, str]  # provider, model, service_tier
Row = dict[str, str]


def read_rows(path: Path, columns: Iterable[str]) -> list[Row]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if list(reader.fieldnames or []) != list(columns):
            raise SystemExit(f"{path}: expected the columns {','.join(columns)}")
        return list(reader)


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def sort_key(row: Row) -> tuple[str, str, str, str, int]:
    return (
        row["provider"],
        row["model"],
        row["service_tier"],
        row["effective_from"],
        int(row["over_input_tokens"]),
    )


def plain(value: Decimal | None) -> str:
    return "" if value is None else format(value.normalize(), "f")


def to_rows(
    group: Group, day: date, prices: PriceSet, left_out: str, source: str = SOURCE
) -> list[Row]:
    return [
        dict(
            zip(
                COLUMNS,
                (
                    *group,
                    str(over),
                    day.isoformat(),
                    plain(price.input_tokens),
                    plain(price.cached_input),
                    plain(price.cache_write),
                    plain(price.output_tokens),
                    plain(price.cache_write_1h),
                    left_out,
                    source,
                    version(SOURCE),
                ),
                strict=True,
            )
        )
        for over, price in sorted(prices.items())
    ]


@dataclass
class FilePeriod:
    """The rows of one group and date."""

    prices: dict[int, tuple[Decimal | None, ...]]
    is_own: bool  # a person's price (a contract, say), not the library's

    def equals(self, other: PriceSet) -> bool:
        return self.prices == {over: _amounts(price) for over, price in other.items()}


def _amounts(price: Prices) -> tuple[Decimal | None, ...]:
    return (
        price.input_tokens,
        price.cached_input,
        price.cache_write,
        price.output_tokens,
        price.cache_write_1h,
    )


def group_rows(rows: Iterable[Row]) -> dict[Group, dict[date, FilePeriod]]:
    groups: dict[Group, dict[date, FilePeriod]] = {}
    for row in rows:
        group = (row["provider"], row["model"], row["service_tier"])
        period = groups.setdefault(group, {}).setdefault(
            date.fromisoformat(row["effective_from"]), FilePeriod({}, False)
        )
        period.prices[int(row["over_input_tokens"])] = tuple(
            Decimal(row[column]) if row[column] else None for column in PRICE_COLUMNS
        )
        period.is_own |= not row["price_source"].startswith(SOURCE)
    return groups


@dataclass
class Diff:
    added: list[Row] = field(default_factory=list)
    undated: list[tuple[Group, str]] = field(default_factory=list)  # a new price, but since when?
    conflicts: list[tuple[Group, str]] = field(default_factory=list)
    own: list[tuple[Group, str]] = field(default_factory=list)
    only_in_file: list[tuple[Group, str]] = field(default_factory=list)


def compare(
    rows: Iterable[Row], book: Book, provider_ids: Iterable[str], undated_from: date | None
) -> Diff:
    """What the library has that the file lacks. The past is only reported, never offered."""
    chosen = set(provider_ids)
    file = {group: periods for group, periods in group_rows(rows).items() if group[0] in chosen}
    diff = Diff()
    for group, periods in sorted(book.prices.items()):
        left_out = book.left_out.get(group[:2], "")
        if group not in file:
            for day, prices in sorted(periods.items()):
                source = DATED_BACK if day == book.dated_back.get(group) else SOURCE
                diff.added += to_rows(group, day, prices, left_out, source)
        elif set(periods) == {FIRST_DAY}:
            prices = periods[FIRST_DAY]
            _compare_undated(diff, group, file[group], prices, undated_from, left_out)
        else:
            start = book.dated_back.get(group)
            _compare_dated(diff, group, file[group], periods, start, left_out)
    for group, known in sorted(file.items()):
        reason = book.unpriced.get(group[:2])
        for day, period in sorted(known.items()):
            if period.is_own:
                continue
            if reason:
                diff.conflicts.append((group, f"{day}: has a price here, but now: {reason}"))
            elif day not in book.prices.get(group, {}):
                diff.only_in_file.append((group, str(day)))
    return diff


def _compare_undated(
    diff: Diff,
    group: Group,
    known: Mapping[date, FilePeriod],
    prices: PriceSet,
    start: date | None,
    left_out: str,
) -> None:
    """The library has one price and no date, the price of now: the newest row must agree."""
    ours = {day: period for day, period in known.items() if not period.is_own}
    if not ours:
        diff.own.append((group, f"{max(known)}: a price of your own stands"))
        return
    newest = max(ours)
    if ours[newest].equals(prices):
        return
    change = describe(ours[newest].prices, prices)
    if start is None:
        diff.undated.append((group, f"since {newest}: {change}"))
    elif start <= max(known):
        diff.conflicts.append(
            (group, f"{start} is not after the newest row, {max(known)}: {change}")
        )
    else:
        diff.added += to_rows(group, start, prices, left_out)


def _compare_dated(
    diff: Diff,
    group: Group,
    known: Mapping[date, FilePeriod],
    periods: Mapping[date, PriceSet],
    dated_back: date | None,
    left_out: str,
) -> None:
    for day, prices in sorted(periods.items()):
        if day in known:
            if known[day].equals(prices):
                continue
            change = f"{day}: {describe(known[day].prices, prices)}"
            (diff.own if known[day].is_own else diff.conflicts).append((group, change))
            continue
        in_force = max((d for d in known if d <= day), default=None)
        if in_force and known[in_force].equals(prices):
            continue
        if day == dated_back and day < min(known) and known[min(known)].equals(prices):
            # A tier that had no price was priced by the standard one, which is what this mends.
            diff.added += to_rows(group, day, prices, left_out, DATED_BACK)
        elif day > max(known):
            diff.added += to_rows(group, day, prices, left_out)
        else:
            before = known[in_force].prices if in_force else {}
            diff.conflicts.append(
                (group, f"{day}, before {max(known)}: {describe(before, prices)}")
            )


def describe(before: Mapping[int, tuple[Decimal | None, ...]], after: PriceSet) -> str:
    """Old and new prices of every size that differs: plain, cached, written, output, for 1 h."""
    parts = []
    for over in sorted(before.keys() | after.keys()):
        old = before.get(over)
        new = _amounts(after[over]) if over in after else None
        if old != new:
            parts.append(f"over {over} tokens {_slashes(old)} -> {_slashes(new)}")
    return "; ".join(parts)


def _slashes(amounts: tuple[Decimal | None, ...] | None) -> str:
    return "none" if amounts is None else " / ".join(plain(amount) or "-" for amount in amounts)
