"""Writes the demo company: seeds for the project, a landing folder, or a benchmark of any size.

Exit codes: 0 written, 1 not written and why, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from demo_company.bulk import NUMBERED_FROM, write_bulk
from demo_company.company import make_company
from demo_company.draw import FIRST_DAY
from demo_company.reference import Reference
from demo_company.writers import write_csv, write_expected, write_landing, write_seeds

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_SEED = 13  # no planted effect is near the threshold that it is judged by


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="same seed, same bytes")
    parser.add_argument(
        "--format",
        choices=("csv", "jsonl", "parquet"),
        default="csv",
        help="csv: seeds and expectations of the project; jsonl: the same demo as a landing folder"
        " in mixed formats; parquet: a landing folder of --rows requests",
    )
    parser.add_argument("--out", type=Path, help="folder to write (csv: default is this project)")
    parser.add_argument("--prices", type=Path, help="another model_prices.csv")
    parser.add_argument("--rows", type=int, help="parquet: about how many llm_requests to write")
    parser.add_argument(
        "--start-date", type=date.fromisoformat, default=FIRST_DAY, help="parquet: first day"
    )
    parser.add_argument("--days", type=int, default=112, help="parquet: number of days")
    parser.add_argument(
        "--tenants",
        type=int,
        help="parquet: number of tenants (default grows with the rows a day); give the same number"
        " when adding days to an existing folder",
    )
    options = parser.parse_args(arguments)
    if options.format != "csv" and options.out is None:
        parser.error(f"--format {options.format} needs --out, the landing folder to write")
    if options.format == "parquet" and (options.rows is None or options.rows < 1):
        parser.error("--format parquet needs --rows, for example --rows 1000000")
    if options.days < 1:
        parser.error("--days must be 1 or more")
    if options.format == "parquet" and options.start_date < NUMBERED_FROM:
        parser.error(
            f"--start-date must be {NUMBERED_FROM} or later: tickets are numbered from that day"
        )
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        references = PROJECT / "seeds" / "reference"
        reference = Reference(references, options.seed, options.prices)
        if options.format == "parquet":
            write_bulk(
                reference,
                options.out,
                options.rows,
                options.start_date,
                options.days,
                options.seed,
                options.tenants,
            )
            return 0
        company, incidents = make_company(reference, options.seed)
        if options.format == "jsonl":
            write_landing(company, options.out)
            return 0
        out = options.out or PROJECT
        write_seeds(company, out / "seeds" / "raw")
        users = sorted(
            (u.user_id, u.tenant_id) for group in reference.users.values() for u in group
        )
        write_csv(out / "seeds" / "reference" / "tenant_users.csv", ("user_id", "tenant_id"), users)
        write_expected(company, incidents, out / "tests" / "expected")
    except OSError as problem:
        print(f"generate_demo: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
