"""The marts as one DuckDB file and as a folder of Parquet files, with comments and keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb

from publishing.content import Published
from publishing.warehouse import ReaderError, Warehouse, literal, quoted

# The oldest that DuckDB 2 writes; every client since 1.0 reads it.
STORAGE = "v1.0.0"
SCHEMA = "marts"


def counted(warehouse: Warehouse, mart: Published, copy: str, where: str) -> int:
    """The rows of a copy, which are those of the mart."""
    rows = warehouse.rows(
        f"select (select count(*) from ({mart.query(warehouse)})), (select count(*) from {copy})"
    )[0]
    if rows[0] != rows[1]:
        raise ReaderError(f"{mart.name} has {rows[0]} rows, and {rows[1]} in {where}.")
    return int(rows[1])


def write_duckdb(warehouse: Warehouse, marts: Sequence[Published], file: Path) -> dict[str, int]:
    """Tables with keys and comments; returns how many rows each has."""
    connection = warehouse.connection
    connection.execute(
        f"attach {literal(str(file))} as publication (storage_version {literal(STORAGE)})"
    )
    connection.execute("begin")
    try:
        connection.execute(f"create schema publication.{SCHEMA}")
        rows = {mart.name: write_table(warehouse, mart, file) for mart in marts}
        connection.execute("commit")
        connection.execute("checkpoint publication")
    except BaseException:
        with suppress(duckdb.Error):
            connection.execute("rollback")
        raise
    finally:
        connection.execute("detach publication")
    file.chmod(0o444)
    return rows


def write_table(warehouse: Warehouse, mart: Published, file: Path) -> int:
    connection = warehouse.connection
    table = f"publication.{SCHEMA}.{quoted(mart.name)}"
    columns = [f"{quoted(one.name)} {one.type}" for one in mart.columns]
    if mart.key:
        kind = "primary key" if mart.key_is_complete else "unique"
        columns.append(f"{kind} ({', '.join(quoted(name) for name in mart.key)})")
    connection.execute(f"create table {table} ({', '.join(columns)})")
    connection.execute(f"insert into {table} {mart.query(warehouse)}")
    connection.execute(f"comment on table {table} is {literal(mart.description)}")
    for one in mart.columns:
        connection.execute(
            f"comment on column {table}.{quoted(one.name)} is {literal(one.description)}"
        )
    return counted(warehouse, mart, table, file.name)


def write_parquet_files(warehouse: Warehouse, marts: Sequence[Published], folder: Path) -> None:
    """One file a mart. The key and what columns mean are in its metadata, as JSON."""
    folder.mkdir()
    for mart in marts:
        file = folder / f"{mart.name}.parquet"
        told = {
            "description": mart.description,
            "key": json.dumps(mart.key),
            "columns": json.dumps({one.name: one.description for one in mart.columns}),
        }
        metadata = ", ".join(f"{name}: {literal(text)}" for name, text in told.items())
        warehouse.connection.execute(
            f"copy ({mart.query(warehouse)}) to {literal(str(file))}"
            f" (format parquet, compression zstd, kv_metadata {{{metadata}}})"
        )
        counted(
            warehouse, mart, f"read_parquet({literal(str(file))})", f"{folder.name}/{file.name}"
        )
        file.chmod(0o444)
