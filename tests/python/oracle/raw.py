"""Raw rows from seeds or a landing folder, and which of them are rejected (spec "Raw files")."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, NoReturn

import pyarrow.parquet as pq

from .fields import (
    CORRUPT_RECORD,
    COSTING_FIELDS,
    ID_FIELDS,
    RAW_TABLES,
    TOKEN_FIELDS,
    identifier,
    is_whole_count,
    parse_count,
    parse_time,
    snake_case,
    word,
)
from .privacy import raw_kind


@dataclass(frozen=True)
class RawRow:
    """One raw row: its given (not empty) known fields as text, and where it was read."""

    values: Mapping[str, str]
    source_file: str
    source_line: int

    def get(self, name: str) -> str | None:
        """The text of a field, NULL when it was not given."""
        return self.values.get(name)


@dataclass(frozen=True)
class RejectedRow:
    """A row that no fact holds, with the reason."""

    raw_table: str
    source_file: str
    source_line: int
    reason: str
    detail: str


@dataclass
class RawTables:
    """The four raw tables; `kind` says whether they came from seeds or from a landing folder."""

    kind: Literal["seeds", "landing"]
    llm_requests: list[RawRow] = field(default_factory=list)
    tickets: list[RawRow] = field(default_factory=list)
    workflow_outcomes: list[RawRow] = field(default_factory=list)
    provider_invoices: list[RawRow] = field(default_factory=list)

    def table(self, name: str) -> list[RawRow]:
        """A table by its name."""
        rows: list[RawRow] = getattr(self, name)
        return rows


def load_raw(source: str | Path) -> RawTables:
    """Read a folder of seed CSVs (<table>.csv), else a landing folder
    (<table>/**/*.jsonl|csv|parquet).
    """
    folder = Path(source)
    is_seeds = any((folder / f"{table}.csv").is_file() for table in RAW_TABLES)
    tables = RawTables(kind="seeds" if is_seeds else "landing")
    readers = {".jsonl": _read_jsonl, ".csv": _read_csv, ".parquet": _read_parquet}
    for table, known in RAW_TABLES.items():
        if is_seeds:
            files = [path for path in [folder / f"{table}.csv"] if path.is_file()]
        else:
            files = sorted(path for path in (folder / table).rglob("*") if path.suffix in readers)
        for path in files:
            name = path.relative_to(folder).as_posix()
            for line, values in readers[path.suffix](path):
                tables.table(table).append(RawRow(_known(values, known), name, line))
    return tables


def _known(values: Mapping[str, str | None], known: tuple[str, ...]) -> dict[str, str]:
    """Known fields only, in snake_case, empty text as not given.

    Snake_case wins over its camelCase twin.
    """
    allowed = {*known, CORRUPT_RECORD}
    kept: dict[str, str] = {}
    for name, value in sorted(values.items(), key=lambda item: item[0] != snake_case(item[0])):
        snake = snake_case(name)
        text = identifier(value) if snake in ID_FIELDS else value
        if snake in allowed and text is not None and text.strip() and snake not in kept:
            kept[snake] = text
        elif snake in (*TOKEN_FIELDS, *COSTING_FIELDS) and text and snake in kept:
            kept[snake] = _larger(kept[snake], text)
    return kept


def _larger(one: str, other: str) -> str:
    """Of two spellings of one count the larger; what is no count is no count beside another."""
    counts = [parse_count(text) for text in (one, other)]
    if None in counts:
        return one if counts[0] is None else other
    return max((one, other), key=lambda text: parse_count(text) or 0)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Physical lines from 1 with their number; blank lines are not rows."""
    text = path.read_text(encoding="utf-8-sig")
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.rstrip("\r")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    """A line that is not a JSON object becomes a row with corrupt_record = the line.

    Numbers stay as written.
    """
    for number, line in _lines(path):
        try:
            parsed = json.loads(line, parse_int=str, parse_float=str, parse_constant=_no_constant)
        except ValueError:
            parsed = None
        if isinstance(parsed, dict):
            yield number, {name: _json_text(value) for name, value in parsed.items()}
        else:
            yield number, {CORRUPT_RECORD: line}


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value)


def _read_csv(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    """A line whose number of fields is not the header's becomes a row with corrupt_record =
    the line.
    """
    text = path.read_text(encoding="utf-8-sig")
    lines = text.splitlines()
    reader = csv.reader(io.StringIO(text, newline=""))
    header: list[str] | None = None
    last_line = 0
    for cells in reader:
        first_line, last_line = last_line + 1, reader.line_num
        if not any(cell.strip() for cell in cells) and len(cells) <= 1:
            continue
        if header is None:
            header = cells
        elif len(cells) == len(header):
            yield first_line, dict(zip(header, cells, strict=True))
        else:
            yield first_line, {CORRUPT_RECORD: "\n".join(lines[first_line - 1 : last_line])}


def _read_parquet(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Typed columns are read as the text that they would have in an export.

    Rows are numbered from 1.
    """
    table = pq.read_table(path, partitioning=None)
    for number, row in enumerate(table.to_pylist(), start=1):
        yield number, {name: _parquet_text(value) for name, value in row.items()}


def _parquet_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return moment.isoformat(sep=" ")
    return str(value)


_REQUIRED: dict[str, tuple[str, ...]] = {
    "tickets": ("ticket_id",),
    "workflow_outcomes": ("workflow_id",),
    "provider_invoices": ("provider", "billing_month"),
}


def split_rejected(raw: RawTables) -> tuple[RawTables, list[RejectedRow]]:
    """Accepted rows and rejected ones.

    Reasons in this order: unparsable_line; for llm_requests no_usable_time, invalid_token_count;
    for the other tables missing_key, raw_identifier.
    """
    accepted = RawTables(kind=raw.kind)
    rejected: list[RejectedRow] = []
    for table in RAW_TABLES:
        for row in raw.table(table):
            verdict = _rejection(table, row)
            if verdict is None:
                accepted.table(table).append(row)
            else:
                rejected.append(RejectedRow(table, row.source_file, row.source_line, *verdict))
    return accepted, rejected


def _rejection(table: str, row: RawRow) -> tuple[str, str] | None:
    corrupt = row.get(CORRUPT_RECORD)
    if corrupt is not None:
        return "unparsable_line", corrupt
    if table == "llm_requests":
        if (
            parse_time(row.get("occurred_at")) is None
            and parse_time(row.get("ingested_at")) is None
        ):
            return "no_usable_time", "neither occurred_at nor ingested_at is a time"
        occurred, ingested = (parse_time(row.get(name)) for name in ("occurred_at", "ingested_at"))
        if occurred and ingested and occurred > ingested + timedelta(days=1):
            return "no_usable_time", f"occurred_at = {occurred}, a day after it was loaded"
        for name in COSTING_FIELDS:
            text = row.get(name)
            if text is not None and not is_whole_count(text):
                return "invalid_token_count", f"{name} = {text}"
        return None
    for name in _REQUIRED[table]:
        value = row.get(name)
        if value is None or (name == "provider" and word(value) is None):
            return "missing_key", name
        if table != "provider_invoices" and raw_kind(value):
            return "raw_identifier", name
    return None
