"""A table's rows as CSV and Parquet: the same bytes for the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exporting.cells import csv_cell

# Excel takes a CSV for UTF-8 only where it begins so; other readers know the mark and drop it.
BYTE_ORDER_MARK = "\ufeff"


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BYTE_ORDER_MARK + ",".join(csv_cell(name) for name in names) + "\r\n")
        for row in rows:
            file.write(",".join(csv_cell(value) for value in row) + "\r\n")


def write_parquet(path: Path, table: pa.Table) -> None:
    """Values as they are in the mart: nothing opens Parquet as a spreadsheet."""
    pq.write_table(table, path, compression="zstd")
