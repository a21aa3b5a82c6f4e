"""Asking the warehouse: named queries, and numbers that remember where they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

SCHEMAS = ("marts", "staging")
NAMED = re.compile(r"^-- query: (\w+) *\n", re.MULTILINE)
READ = re.compile(r"\b(?:from|join)\s+([a-z_]\w*)", re.IGNORECASE)
CTE = re.compile(r"\b([a-z_]\w*)\s+as\s*\(", re.IGNORECASE)


class ReviewError(Exception):
    """Something that the reader can put right."""


@dataclass(frozen=True)
class Number:
    """A value of the warehouse, with the query, row and column that it was read from."""

    value: Any
    query: str = ""
    row: int = 0
    column: str = ""


class Row(Mapping[str, Number]):
    """A row of an answer: its values as numbers, by name."""

    def __init__(self, values: Mapping[str, Any], query: str = "", number: int = 0) -> None:
        self._numbers = {
            column: Number(value, query, number, column) for column, value in values.items()
        }

    def __getitem__(self, column: str) -> Number:
        return self._numbers[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def value(self, column: str) -> Any:
        return self._numbers[column].value


@dataclass(frozen=True)
class Query:
    """A query as it was asked, to be shown beside its section."""

    name: str
    sql: str

    @property
    def marts(self) -> list[str]:
        own = {found.lower() for found in CTE.findall(self.sql)}
        return sorted({read for read in READ.findall(self.sql) if read.lower() not in own})


def literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    return "'" + str(value).replace("'", "''") + "'"


def named_queries(file: Path) -> dict[str, str]:
    """The queries of a file, each under the line `-- query: <name>`."""
    _, *parts = NAMED.split(file.read_text(encoding="utf-8"))
    return dict(zip(parts[::2], (sql.strip() for sql in parts[1::2]), strict=True))


class Warehouse:
    """A read-only connection in which every mart has its bare name."""

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise ReviewError(f"There is no warehouse at {file}. Run `make build` first.")
        try:
            self._connection = duckdb.connect(str(file), read_only=True)
        except duckdb.IOException as error:
            raise ReviewError(f"The warehouse at {file} cannot be read now: {error}") from error
        found = self._connection.execute(
            "select distinct schema_name from duckdb_schemas() where not internal"
        ).fetchall()
        # A target other than `main` stands before the name of each schema.
        names = sorted(
            name for (name,) in found if any(re.fullmatch(rf"(\w+_)?{s}", name) for s in SCHEMAS)
        )
        self._connection.execute("set TimeZone = 'UTC'")
        if names:
            path = ",".join('"' + name.replace('"', '""') + '"' for name in names)
            self._connection.execute(f"set search_path = '{path}'")
        self.asked: dict[str, Query] = {}

    def ask(
        self, name: str, sql: str, parameters: Mapping[str, Any], is_shown: bool = True
    ) -> list[Row]:
        """The rows of a query; `$name` in it stands for a parameter. The page shows the query,
        but for what only chooses the page."""
        filled = re.sub(r"\$(\w+)", lambda found: literal(parameters[found[1]]), sql)
        if is_shown:
            self.asked[name] = Query(name, filled)
        try:
            answer = self._connection.execute(filled)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise ReviewError(
                f"The warehouse lacks what the review reads ({str(error).splitlines()[0]})."
                " Run `make build`; where the project is newer than the warehouse,"
                " `dbt build --full-refresh`."
            ) from error
        columns = [column[0] for column in answer.description or []]
        return [
            Row(dict(zip(columns, values, strict=True)), name, number)
            for number, values in enumerate(answer.fetchall())
        ]

    def close(self) -> None:
        self._connection.close()
