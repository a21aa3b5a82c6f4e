"""Brings the price book up to date with the installed genai-prices library.

A dry run unless --write is given. Only new rows are ever added: costs were reported on past prices,
so where the library now has another price for a date that the file has, that is shown as a conflict
and left for a person.

Exit codes: 0 nothing for a person to do, 1 conflicts, 2 a date is missing (nothing is written).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from price_book import aliases, book, library, report

ROOT = Path(__file__).resolve().parent.parent


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--write", action="store_true", help="add the new rows; without it, only show them"
    )
    parser.add_argument(
        "--effective-from",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="first day (UTC) of prices that the library changed without saying since when",
    )
    parser.add_argument(
        "--providers",
        nargs="+",
        metavar="ID",
        default=list(library.DEFAULT_PROVIDERS),
        help="providers to look at (default: %(default)s)",
    )
    reference = ROOT / "seeds" / "reference"
    parser.add_argument(
        "--prices", type=Path, default=reference / "model_prices.csv", help="the price file"
    )
    parser.add_argument(
        "--aliases", type=Path, default=reference / "model_aliases.csv", help="the alias file"
    )
    parser.add_argument(
        "--unpriced",
        type=Path,
        default=ROOT / "docs" / "unpriced_models.md",
        help="the page that --write makes of what the price book leaves out",
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    options = parse(argv)
    providers = library.providers(options.providers)
    literals = aliases.literals()
    entries = {provider.id: list(library.entries(provider, literals)) for provider in providers}
    prices = library.build(entry for listed in entries.values() for entry in listed)

    old_rows = book.read_rows(options.prices, book.COLUMNS)
    diff = book.compare(old_rows, prices, entries, options.effective_from)

    old_aliases = book.read_rows(options.aliases, aliases.COLUMNS)
    new_aliases: list[book.Row] = []
    alias_conflicts: list[str] = []
    partial: dict[str, dict[str, list[str]]] = {}
    for provider in providers:
        priced = {model for provider_id, model, _ in prices.prices if provider_id == provider.id}
        found = aliases.build(provider, entries[provider.id], priced)
        partial[provider.id] = found.partial
        added, conflicts = aliases.compare(old_aliases, provider.id, found)
        new_aliases += added
        alias_conflicts += conflicts

    print("\n".join(report.diff_lines(diff, new_aliases, alias_conflicts)))
    if options.write:
        if diff.undated:
            print(
                "\nNothing written: give --effective-from for the prices without a date.",
                file=sys.stderr,
            )
            return 2
        if diff.added:
            rows = sorted(old_rows + diff.added, key=book.sort_key)
            book.write_rows(options.prices, book.COLUMNS, rows)
        if new_aliases:
            rows = sorted(old_aliases + new_aliases, key=aliases.sort_key)
            book.write_rows(options.aliases, aliases.COLUMNS, rows)
        options.unpriced.write_text(
            report.unpriced_page(entries, prices, partial), encoding="utf-8"
        )
    return 1 if diff.conflicts or alias_conflicts else 0


if __name__ == "__main__":
    sys.exit(main())
