"""Builds the weekly review: one page that says what a resolved ticket costs, why, and what to do.

    make review                              # the last complete week
    make review WEEK=2026-09-21 TENANT=acme CURRENCY=EUR

The page is one HTML file that needs nothing beside it: no network, no fonts, no server.
Exit codes: 0 written, 1 something that can be put right (the message says what), 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from publishing.options import DEFAULT_WAREHOUSE, add_warehouse
from publishing.weeks import is_of_this_century, monday_of
from weekly_review.page import page
from weekly_review.review import (
    Review,
    check_tenant,
    check_week,
    find_currency,
    last_complete_week,
)
from weekly_review.warehouse import ReviewError, Warehouse

DEFAULT_FOLDER = Path("reports")
# What an empty warehouse is asked for; the page names no week then.
NO_WEEK = date(1970, 1, 5)


def week_of(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date; write it as 2026-09-21 (any day of the week)"
        ) from error
    if not is_of_this_century(day):
        raise argparse.ArgumentTypeError(f"{day} lies in no week of this century")
    return monday_of(day)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_warehouse(parser)
    parser.add_argument(
        "--week", type=week_of, help="any day of the week (default: the last complete week)"
    )
    parser.add_argument(
        "--tenant", help="show one customer alone; what cannot be restricted is left out"
    )
    parser.add_argument(
        "--currency",
        default="USD",
        help="show amounts in it, by seeds/reference/exchange_rates.csv (default: USD)",
    )
    parser.add_argument("--company", help="a name for the head of the page")
    parser.add_argument(
        "--output",
        type=Path,
        help="the file to write (default:"
        f" {DEFAULT_FOLDER}/review_<week>[_<tenant>][.<currency>][.<other warehouse>].html)",
    )
    return parser.parse_args(arguments)


def plain(name: str) -> str:
    """A name as any file system takes it."""
    return re.sub(r"[^\w-]+", "_", name)[:60]


def digest(text: str) -> str:
    """What tells apart names that read the same by now."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def file_of(
    week: date | None,
    tenant: str | None,
    currency: str = "USD",
    warehouse: Path = Path(DEFAULT_WAREHOUSE),
) -> Path:
    """Each page has a name of its own, also that of another warehouse than the project's."""
    suffix = ""
    if tenant is not None:
        suffix = f"_{plain(tenant)}"
        if plain(tenant) != tenant:
            suffix += f"-{digest(tenant)}"
    if currency != "USD":
        suffix += f".{currency}"
    place = warehouse.resolve()
    if place != Path(DEFAULT_WAREHOUSE).resolve():
        suffix += f".{plain(place.stem)}-{digest(str(place))}"
    return DEFAULT_FOLDER / f"review_{week or 'empty'}{suffix}.html"


def build(options: argparse.Namespace) -> Path:
    warehouse = Warehouse(options.warehouse)
    try:
        tenant = options.tenant
        company = options.company
        if tenant is not None:
            company = check_tenant(warehouse, tenant) or tenant
        found = (
            check_week(warehouse, options.week) if options.week else last_complete_week(warehouse)
        )
        week = found or NO_WEEK
        currency = find_currency(warehouse, options.currency, week)
        text = page(Review(warehouse, week, tenant, currency, company, is_empty=found is None))
    finally:
        warehouse.close()
    file: Path = options.output or file_of(found, tenant, currency.code, options.warehouse)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ReviewError(f"{file} cannot be written: {error.strerror}.") from error
    return file


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        file = build(options)
    except ReviewError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Weekly review: {file.resolve()} ({file.stat().st_size / 1000:,.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
