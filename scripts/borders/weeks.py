"""The staged rows of the judged week and of the weeks before, read once a raw table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from borders.suite import BorderError, Settings, Warehouse


@dataclass(frozen=True)
class RawTable:
    """Where a raw table is staged, when a row of it happened, and by what its sources differ."""

    staged: str
    happened_at: str
    sources: tuple[str, ...]
    key: str


RAW_TABLES: Mapping[str, RawTable] = {
    "llm_requests": RawTable(
        "stg_telemetry__llm_requests",
        "coalesce(sent_occurred_at, sent_ingested_at)",
        ("source_system", "provider", "endpoint_tag"),
        # A redelivery is no second call.
        "coalesce(attempt_id, concat_ws('|', external_request_id, attempt_number, day))",
    ),
    "tickets": RawTable(
        "stg_helpdesk__tickets",
        "opened_at",
        ("source_system", "channel"),
        "ticket_id",
    ),
    "workflow_outcomes": RawTable(
        "stg_applications__workflow_outcomes",
        "completed_at",
        ("use_case",),
        "workflow_id",
    ),
}
INVOICES = "stg_billing__provider_invoices"
STAGED = {name: table.staged for name, table in RAW_TABLES.items()} | {
    "provider_invoices": INVOICES
}


# One relation of each schema that the suites read; what a schema is called depends on the target.
OF_EACH_SCHEMA = ("int_as_of", "fct_attempts", "stg_telemetry__llm_requests")


def find_schemas(connection: duckdb.DuckDBPyConnection) -> str:
    """Let every relation be asked by its bare name, and return the schema of the marts."""
    found = dict(
        connection.execute(
            """
            select table_name, min(table_schema) from information_schema.tables
            where table_catalog = current_database() and table_name in (select unnest(?))
            group by table_name
            """,
            [list(OF_EACH_SCHEMA)],
        ).fetchall()
    )
    missing = [name for name in OF_EACH_SCHEMA if name not in found]
    if missing:
        raise BorderError(
            f"The warehouse has no {missing[0]}: the build did not get that far."
            " Run `make build`; its first error says why."
        )
    path = ",".join('"' + found[name].replace('"', '""') + '"' for name in OF_EACH_SCHEMA)
    connection.execute("set search_path = '" + path.replace("'", "''") + "'")
    return str(found["fct_attempts"])


def newest_event(connection: duckdb.DuckDBPyConnection) -> date | None:
    row = connection.execute("select as_of from int_as_of").fetchone()
    return row[0].date() if row and isinstance(row[0], datetime) else None


def lay_out(
    connection: duckdb.DuckDBPyConnection, settings: Settings, as_of: date | None
) -> Warehouse:
    """Read what was staged of the window. `week` is 0 for the judged days and 1, 2, ... before."""
    connection.execute("set TimeZone = 'UTC'")
    marts = find_schemas(connection)
    moment = as_of or newest_event(connection)
    readable, unreadable = [], {}
    for name, staged in STAGED.items():
        table = RAW_TABLES.get(name)
        # A month of an invoice has no day, and there are few of them.
        day = f"cast({table.happened_at} as date)" if table else "billing_month"
        window = "" if table is None else "where day < $as_of::date and week <= $weeks"
        week = f"(date_diff('day', {day}, $as_of::date) - 1) // $days"
        sql = f"""
            create or replace temp table arrived_{name} as
            select * from (
                select *, {day} as day, cast({week} as integer) as week from {staged}
            )
            {window}
        """
        # Optimizing the long expressions of these views takes DuckDB twenty seconds, for nothing
        # where every column is read once. Telemetry is large instead.
        if name != "llm_requests":
            connection.execute("pragma disable_optimizer")
        try:
            connection.execute(
                sql,
                {
                    "as_of": moment,
                    "days": settings.judged_days,
                    **({"weeks": settings.reference_weeks} if table else {}),
                },
            )
        except duckdb.Error as error:
            unreadable[name] = str(error).splitlines()[0]
        else:
            readable.append(name)
        finally:
            connection.execute("pragma enable_optimizer")
    return Warehouse(connection, settings, marts, moment, tuple(readable), unreadable)
