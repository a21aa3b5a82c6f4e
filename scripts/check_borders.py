"""Holds what arrived and what is to be published against the weeks before, and writes Data Docs.

    python scripts/check_borders.py                    # `make check` does
    python scripts/check_borders.py --border arrived   # before a build's marts are looked at

Exit codes: 0 nothing stops publishing. 1: a breach does; it is named with its rule, rows and owner.
2: the checks could not be run. What is configured stands in scripts/borders/rules.yml.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import borders
from publishing.options import add_warehouse

DEFAULT_PAGES = Path("reports/expectations")
STATES = {"ok": "ok", "breach": "BREACH", "too_little": "too little to judge"}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_warehouse(parser)
    parser.add_argument(
        "--border", choices=["arrived", "published"], help="run the suites of one border only"
    )
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        help="judge the days before this date (default: that of the newest event)",
    )
    parser.add_argument(
        "--pages",
        type=Path,
        default=DEFAULT_PAGES,
        help=f"folder for the Data Docs, with those of the last runs (default: {DEFAULT_PAGES})",
    )
    return parser.parse_args(arguments)


def lines(report: borders.Report) -> list[str]:
    said = [f"Checks at the borders, as of {report.as_of or 'nothing: there is no event yet'}"]
    width = max(len(outcome.rule) for outcome in report.outcomes)
    for outcome in report.outcomes:
        little = f", too little for {outcome.too_little}" if outcome.too_little else ""
        said.append(
            f"  {outcome.border:<9}  {outcome.rule:<{width}}  {STATES[outcome.state]}"
            f" ({outcome.judged} judged{little})"
        )
    for finding in report.findings:
        stops = finding.stops and not finding.accepted
        said += ["", f"{'BREACH' if stops else 'Warning'}  {finding}"]
    return said


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        report = borders.check(
            options.warehouse, as_of=options.as_of, border=options.border, pages=options.pages
        )
    except borders.BorderError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines(report)))
    print(f"\nData Docs: {(options.pages / 'index.html').resolve()}")
    if report.breaches:
        print(
            f"{len(report.breaches)} of them stop publishing. Mend the data, or accept what is"
            " meant in scripts/borders/rules.yml.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
