"""Writes the rows of a raw table into a landing folder, in any format that the project reads."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

Value = str | int | bool | Decimal | datetime
Row = Mapping[str, Value | None]
Format = Literal["jsonl", "csv", "parquet"]


def write_rows(
    rows: Iterable[Row], path: Path, file_format: Format, *, camel_case: bool = False
) -> None:
    """One file of rows. Parquet keeps the types; the text formats spell values as exporters do."""
    named = [
        {camel(field) if camel_case else field: value for field, value in row.items()}
        for row in rows
    ]
    path = path.with_suffix(f".{file_format}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if file_format == "parquet":
        pq.write_table(pa.Table.from_pylist(named), path)
    elif file_format == "jsonl":
        with path.open("w", encoding="utf-8") as lines:
            for row in named:
                present = {key: value for key, value in row.items() if value is not None}
                lines.write(json.dumps(present, default=as_text) + "\n")
    else:
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, fieldnames=list(named[0]), lineterminator="\n")
            writer.writeheader()
            for row in named:
                writer.writerow({key: as_text(value) for key, value in row.items()})


def camel(field: str) -> str:
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat()
        case _:
            return str(value)
