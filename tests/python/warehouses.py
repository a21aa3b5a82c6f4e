"""Comparing two warehouses table by table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conftest import connect, query


def public_tables(warehouse: Path) -> list[str]:
    """The names of all marts, which are what readers see."""
    sql = "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
    return [name for (name,) in query(warehouse, sql)]


def contents(warehouse: Path, table: str) -> list[tuple[Any, ...]]:
    """Every row of a table in one order, values as text, so that NULLs sort and compare too."""
    with connect(warehouse) as connection:
        return connection.execute(
            f"select columns(*)::varchar from {table} order by all"
        ).fetchall()


def different_tables(left: Path, right: Path) -> dict[str, tuple[list[Any], list[Any]]]:
    """The marts that differ, with the rows that only one side has (a few of each)."""
    assert public_tables(left) == public_tables(right)
    found = {}
    for table in public_tables(left):
        ours, theirs = contents(left, table), contents(right, table)
        if ours != theirs:
            only_left = sorted(set(ours) - set(theirs), key=str)[:3]
            only_right = sorted(set(theirs) - set(ours), key=str)[:3]
            found[table] = (only_left, only_right)
    return found
