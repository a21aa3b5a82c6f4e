"""Writes the weekly export for support and finance: CSV, Parquet, one Excel workbook, a manifest.

    make export                              # the last complete week, into exports/<its Monday>
    make export WEEK=2026-10-12 OUT=/mnt/share/llm

The same warehouse gives the same bytes. A week appears whole or not at all; what stood there before
is replaced in one step. Exit codes: 0 written, 1 nothing written and why, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from exporting.files import write_csv, write_parquet
from exporting.tables import TABLES, Table
from exporting.workbook import Sheet, write_workbook
from publishing.folders import file_entry, made_aside, put_in_place, write_manifest
from publishing.options import add_warehouse
from publishing.warehouse import Built, Column, ReaderError, Warehouse
from publishing.weeks import is_of_this_century, monday_of, not_there

FORMAT = 1
COST_BASIS: dict[str | None, str] = {
    "reported_first": "what the gateway or the provider reported, else the list price",
    "priced_first": "the list price, else what the gateway or the provider reported",
}
GUARD = (
    "A text that a spreadsheet would run as a formula has an apostrophe before it, and so has one"
    " that begins with an apostrophe: take one away and you have what was there. In Parquet all"
    " text is as it was."
)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_warehouse(parser)
    parser.add_argument(
        "--week",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="any day of the week (default: the last week that is complete)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("exports"),
        help="folder in which the week gets a folder of its own (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def chosen_week(warehouse: Warehouse, asked: date | None) -> tuple[date, bool]:
    """The Monday of the week, and whether the week is complete."""
    known = dict(
        warehouse.rows(
            f"select period_start, is_complete from {warehouse.named('dim_periods')}"
            " where period_grain = 'week' order by 1"
        )
    )
    if asked is None:
        complete = [week for week, is_complete in known.items() if is_complete]
        if not complete:
            raise ReaderError(
                "There is no complete week yet. "
                + ("Name one of those that have begun: " if known else "The warehouse has none")
                + ", ".join(f"--week {week} (WEEK={week})" for week in list(known)[-3:])
                + "."
            )
        return complete[-1], True
    if not is_of_this_century(asked):
        raise ReaderError(f"{asked} lies in no week of this century.")
    week = monday_of(asked)
    if known and week not in known:
        raise ReaderError(not_there(week, min(known), max(known)))
    return week, known.get(week, False)


def query_of(table: Table, warehouse: Warehouse, columns: Sequence[Column], week: date) -> str:
    names = ", ".join(f'"{column.name}"' for column in columns)
    rows = table.rows.replace("$week", f"date '{week}'")
    return (
        f"select {names} from {warehouse.named(table.mart)} where {rows}"
        f" order by {table.order}, {names}"
    )


def totals(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> dict[str, str]:
    """Control totals, exact: what a reader of the file has to find. Not a number to report."""
    found = {}
    for at, column in enumerate(columns):
        if column.type == "BIGINT" or column.type.startswith("DECIMAL"):
            known = [Decimal(row[at]) for row in rows if row[at] is not None]
            if known:
                found[column.name] = format(sum(known, Decimal(0)), "f")
    return found


def export_table(
    table: Table, warehouse: Warehouse, columns: Sequence[Column], week: date, folder: Path
) -> tuple[Sheet, dict[str, Any]]:
    query = query_of(table, warehouse, columns, week)
    rows = warehouse.rows(query)
    arrow = warehouse.connection.sql(query).to_arrow_table()
    csv = folder / "csv" / f"{table.name}.csv"
    parquet = folder / "parquet" / f"{table.name}.parquet"
    write_csv(csv, [column.name for column in columns], rows)
    write_parquet(parquet, arrow)
    return Sheet(table.name, table.question, columns, rows), {
        "name": table.name,
        "mart": table.mart,
        "question": table.question,
        "filter": table.rows.replace("$week", f"date '{week}'"),
        "order": table.order,
        "rows": len(rows),
        "totals": totals(columns, rows),
        "columns": [
            {"name": one.name, "type": one.type, "description": one.description} for one in columns
        ],
        "files": [file_entry(csv, folder), file_entry(parquet, folder)],
    }


def facts_of(built: Built, week: date, is_complete: bool) -> list[tuple[str, str]]:
    """What the first sheet says before all numbers."""
    return [
        ("Week", f"{week} to {week + timedelta(days=6)} (Monday to Sunday, UTC)"),
        (
            "Complete",
            "yes" if is_complete else "no: the week is not over at the moment below, numbers grow",
        ),
        ("Numbers speak for", f"{built.as_of} UTC" if built.as_of else "no data yet"),
        ("Outcome definition", built.outcome_definition or "not known"),
        ("Cost of a call", COST_BASIS.get(built.settings.get("cost_basis"), "not known")),
        ("Not known", "An empty cell is not known. It is never 0."),
        (
            "Adding up",
            "Rows of several segment types, or of week and month, hold the same dollars: never"
            " add them.",
        ),
        ("Exact amounts", "Excel keeps 15 digits. Amounts are exact in the CSV and Parquet files."),
        ("Text", GUARD),
    ]


def export(warehouse: Warehouse, asked: date | None, out: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of the week, and its manifest."""
    relations = warehouse.relations()
    missing = sorted({table.mart for table in TABLES} - set(relations))
    if missing:
        raise ReaderError(
            f"The warehouse {warehouse.path} has no mart {', '.join(missing)}: another version of"
            " the project built it. Run `make build`."
        )
    week, is_complete = chosen_week(warehouse, asked)
    built = warehouse.built()
    place = out / str(week)
    with made_aside(out, str(week)) as folder:
        (folder / "csv").mkdir()
        (folder / "parquet").mkdir()
        exported = [
            export_table(table, warehouse, relations[table.mart].columns, week, folder)
            for table in TABLES
        ]
        workbook = folder / f"llm_costs_{week}.xlsx"
        title = f"Support and spend, week of {week}"
        write_workbook(
            workbook, title, facts_of(built, week, is_complete), [sheet for sheet, _ in exported]
        )
        manifest = {
            "format": FORMAT,
            "week": {
                "first_day": str(week),
                "last_day": str(week + timedelta(days=6)),
                "is_complete": is_complete,
            },
            "as_of": str(built.as_of) if built.as_of else None,
            "outcome_definition": built.outcome_definition,
            "project_version": built.project_version,
            "settings": built.settings,
            "text": GUARD,
            "workbook": file_entry(workbook, folder),
            "tables": [entry for _, entry in exported],
        }
        write_manifest(folder / "manifest.json", manifest)
        put_in_place(folder, place)
    return place, manifest


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        with Warehouse(options.warehouse) as warehouse:
            place, manifest = export(warehouse, options.week, options.out)
    except (ReaderError, OSError, duckdb.Error) as error:
        print(f"Nothing was exported: {error}", file=sys.stderr)
        return 1
    rows = sum(table["rows"] for table in manifest["tables"])
    print(f"{place}: {len(manifest['tables'])} tables, {rows:,} rows")
    if not manifest["week"]["is_complete"]:
        print("The week is not complete: its numbers still grow.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
