"""Rows to files: plain CSV for seeds, and a landing folder in mixed formats."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import duckdb

from demo_company.incidents import Incident
from demo_company.records import RAW_TABLES, Attempt, Cell, Company, columns, values


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)


def write_seeds(company: Company, folder: Path) -> None:
    for name, kind in RAW_TABLES.items():
        records = getattr(company, name)
        write_csv(folder / f"{name}.csv", columns(kind), (values(each) for each in records))


def write_expected(company: Company, incidents: Iterable[Incident], folder: Path) -> None:
    header = [each.name for each in fields(Incident)]
    rows = []
    for each in incidents:
        row = [getattr(each, name) for name in header]
        rows.append(
            [
                cell.strftime("%Y-%m-%dT%H:%M:%SZ") if hasattr(cell, "strftime") else cell
                for cell in row
            ]
        )
    write_csv(folder / "planted_incidents.csv", header, rows)
    planted = [(table, kind, count) for (table, kind), count in sorted(company.planted.items())]
    write_csv(folder / "planted_rows.csv", ("raw_table", "kind", "rows"), planted)


def write_landing(company: Company, folder: Path) -> None:
    """Requests as camelCase JSON lines, tickets and invoices as CSV, outcomes as Parquet."""
    months: dict[str, list[Attempt]] = {}
    month = ""
    for each in company.llm_requests:
        month = (each.ingested_at or month or "2026-07")[:7]
        months.setdefault(month, []).append(each)
    for month, rows in months.items():
        path = folder / "llm_requests" / f"{month}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{_json_line(each)}\n" for each in rows), encoding="utf-8")
    for name in ("tickets", "provider_invoices"):
        kept = [each for each in getattr(company, name) if not each.corrupt_record]
        header = columns(RAW_TABLES[name])[:-1]
        write_csv(folder / name / f"{name}.csv", header, (values(each)[:-1] for each in kept))
    _write_parquet(company, folder / "workflow_outcomes" / "workflow_outcomes.parquet")


def _json_line(each: Attempt) -> str:
    if each.corrupt_record is not None:
        return each.corrupt_record
    record = {
        _camel(name): _json_value(name, value)
        for name, value in zip(columns(Attempt), values(each), strict=True)
        if value is not None
    }
    return json.dumps(record, separators=(",", ":"))


def _json_value(name: str, value: Cell) -> Cell | float | bool:
    if name in ("retrieval_hit", "is_cache_hit"):
        return value == "true"
    if isinstance(value, str) and name.endswith(("_tokens", "_usd")):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _write_parquet(company: Company, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = columns(RAW_TABLES["workflow_outcomes"])[:-1]
    types = {
        "is_success": "boolean",
        "started_at": "timestamp",
        "completed_at": "timestamp",
        "value_usd": "decimal(18, 2)",
    }
    connection = duckdb.connect()
    connection.execute(f"create table rows ({', '.join(f'{name} varchar' for name in header)})")
    marks = ", ".join("?" for _ in header)
    connection.executemany(
        f"insert into rows values ({marks})",
        [values(each)[:-1] for each in company.workflow_outcomes],
    )
    typed = ", ".join(f"cast({name} as {types.get(name, 'varchar')}) as {name}" for name in header)
    connection.execute("set threads = 1")
    connection.execute(f"copy (select {typed} from rows) to '{path}' (format parquet)")
    connection.close()
