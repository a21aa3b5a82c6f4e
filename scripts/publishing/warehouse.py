"""The warehouse as a reader finds it: its marts, and the run that built them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

# One of each schema tells where the others stand: a target's name may stand before it.
A_MART, A_TABLE_OF_RUNS = "cost_per_resolved_ticket", "last_run"
# Which run it was, and where its files lie: the same data gives the same words without them.
NOT_OF_THE_DATA = ("models_selected", "run_is_whole", "run_is_complete", "commit", "landing")


class ReaderError(Exception):
    """Something that whoever called can put right; the message says how."""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Relation:
    """A mart as it stands in the warehouse, table or view."""

    name: str
    description: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Built:
    """What a copy says of the build behind it; nothing of it is a time of the clock."""

    as_of: datetime | None
    outcome_definition: str | None
    project_version: str | None
    settings: dict[str, str | None]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Warehouse:
    """A read-only connection, in which `marts` and `runs` are the schemas of both."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ReaderError(f"There is no warehouse at {path}. Run `make build` first.")
        # Attached, so that the same connection may write copies elsewhere; what a build may use.
        self.connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "memory_limit": os.environ.get("LLM_COSTS_MEMORY_LIMIT") or "3.5GB",
                "temp_directory": f"{path}.tmp",
                "TimeZone": "UTC",
            }
        )
        try:
            self.connection.execute(f"attach {literal(str(path))} as warehouse (read_only)")
        except duckdb.Error as error:
            self.connection.close()
            said = str(error).removeprefix("IO Error: ").splitlines()[0]
            raise ReaderError(f"The warehouse {path} cannot be read now: {said}") from error
        self.connection.execute("use warehouse")
        self.path = path
        self.marts = self._schema_of(A_MART)
        self.runs = self._schema_of(A_TABLE_OF_RUNS)

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def _schema_of(self, table: str) -> str:
        found = self.rows(
            "select table_schema from information_schema.tables"
            " where table_catalog = current_database() and table_name = $1 order by 1",
            table,
        )
        if len(found) != 1:
            there = "no table" if not found else "several tables"
            raise ReaderError(
                f"The warehouse {self.path} has {there} {table}: the build did not get that far,"
                " or the file holds two targets. Its first error says why; run `make build`."
            )
        return str(found[0][0])

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(parameters)).fetchall()

    def named(self, mart: str) -> str:
        return f"{quoted(self.marts)}.{quoted(mart)}"

    def relations(self) -> dict[str, Relation]:
        """Every table and view of the schema of the marts, with the comments that dbt left."""
        described = self.rows(
            """
            select table_name, coalesce(comment, '') from duckdb_tables()
            where database_name = current_database() and schema_name = $1
            union all
            select view_name, coalesce(comment, '') from duckdb_views()
            where database_name = current_database() and schema_name = $1
            order by 1
            """,
            self.marts,
        )
        columns: dict[str, list[Column]] = {name: [] for name, _ in described}
        for table, name, data_type, comment in self.rows(
            """
            select table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns()
            where database_name = current_database() and schema_name = $1
            order by table_name, column_index
            """,
            self.marts,
        ):
            columns[table].append(Column(name, data_type, " ".join(comment.split())))
        return {
            name: Relation(name, " ".join(comment.split()), tuple(columns[name]))
            for name, comment in described
        }

    def last_settings(self) -> dict[str, str | None]:
        """What the last complete run was built with (docs/operations.md)."""
        return dict(
            self.rows(
                f"""
                select setting, setting_value from {quoted(self.runs)}.run_settings
                where run_id = (
                    select run_id from {quoted(self.runs)}.run_settings
                    where setting = 'run_is_complete'
                    order by started_at desc, run_id desc
                    limit 1
                )
                order by setting
                """
            )
        )

    def built(self) -> Built:
        completed = self.rows(
            "select 1 from information_schema.tables"
            " where table_catalog = current_database() and table_schema = $1"
            " and table_name = 'completed_run'",
            self.runs,
        )
        as_of = (
            self.rows(f"select as_of from {quoted(self.runs)}.completed_run") if completed else []
        )
        definition = self.rows(f"select max(outcome_definition) from {self.named(A_MART)}")[0][0]
        settings = self.last_settings()
        of_data = {name: value for name, value in settings.items() if name not in NOT_OF_THE_DATA}
        return Built(
            as_of[0][0] if as_of else None,
            definition or settings.get("outcome_definition"),
            settings.get("project_version"),
            of_data,
        )
