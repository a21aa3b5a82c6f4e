"""The marts as a schema of a PostgreSQL database, for tools that want a server.

Everything is one transaction: a new schema is filled aside, then takes the name, and the one before
keeps its tables under another name until the next publication. So a query that runs goes on with
the tables that it has opened, and nobody ever sees a part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Composable, Identifier, Literal

from publishing.content import Published
from publishing.warehouse import Column, ReaderError, Warehouse, quoted

BATCH = 10_000
NAME_BYTES = 63
LOCK_TIMEOUT = "30s"
# Begins the comment of every schema that a publication has made.
MARK = "Public marts of llm_costs: "
# An index of PostgreSQL holds no longer key than a third of a page.
KEY_BYTES = 2_000
# DuckDB's types of the contracts; a decimal keeps its digits.
TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double precision",
    "HUGEINT": "numeric(38, 0)",
    "INTEGER": "integer",
    "TIMESTAMP": "timestamp",
    "UUID": "uuid",
    "VARCHAR": "text",
}


def type_of(column: Column) -> str:
    if column.type.startswith("DECIMAL"):
        return column.type.replace("DECIMAL", "numeric")
    if column.type not in TYPES:
        raise ReaderError(f"PostgreSQL gets no column {column.name} of type {column.type}.")
    return TYPES[column.type]


def lines(warehouse: Warehouse, mart: Published) -> Iterator[str]:
    """Rows in PostgreSQL's text format, made by DuckDB: exact, and any text stands in it."""
    cells = []
    for column in mart.columns:
        text = f"cast({quoted(column.name)} as varchar)"
        if column.type == "VARCHAR":
            # A zero character is the one that PostgreSQL cannot hold.
            text = f"replace({text}, chr(0), chr(65533))"
            for character, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
                text = f"replace({text}, chr({ord(character)}), '{escaped}')"
        cells.append(f"coalesce({text}, '\\N')")
    query = f"select {' || chr(9) || '.join(cells)} from ({mart.query(warehouse)})"
    result = warehouse.connection.execute(query)
    while batch := result.fetchmany(BATCH):
        yield "".join(line + "\n" for (line,) in batch)


@contextmanager
def connected(dsn: str) -> Iterator[psycopg.Connection]:
    """A connection whose failures are sentences, and never show the password."""
    try:
        conninfo_to_dict(dsn)
    except psycopg.Error:
        # What it says repeats parts of the text.
        raise ReaderError(
            "The connection string is none that PostgreSQL understands. Write it as"
            " postgresql://user@host/database or host=... dbname=... user=..."
        ) from None
    try:
        with psycopg.connect(dsn, application_name="llm_costs publish") as connection:
            try:
                yield connection
            finally:
                # What was not committed by then is not wanted.
                if not connection.closed:
                    connection.rollback()
    except psycopg.Error as error:
        said = str(error).strip().splitlines()
        raise ReaderError(
            f"PostgreSQL says: {said[0] if said else type(error).__name__}"
        ) from error


def write_schema(
    connection: psycopg.Connection,
    warehouse: Warehouse,
    marts: Sequence[Published],
    schema: str,
    description: str,
) -> None:
    """All statements of the publication; the caller commits, or nothing has happened."""
    new, before = f"{schema}_next", f"{schema}_before"
    names = [new, before]
    for mart in marts:
        names += [mart.name, *(column.name for column in mart.columns)]
    too_long = [name for name in names if len(name.encode()) > NAME_BYTES]
    if too_long:
        raise ReaderError(f"PostgreSQL would cut the name {too_long[0]}.")
    cursor = connection.cursor()
    refuse_what_is_no_publication(cursor, (schema, before))
    cursor.execute(SQL("set local lock_timeout = {}").format(Literal(LOCK_TIMEOUT)))
    # A publication that nobody ended cannot be there: this one is a transaction.
    cursor.execute(SQL("create schema {}").format(Identifier(new)))
    cursor.execute(
        SQL("comment on schema {} is {}").format(Identifier(new), Literal(MARK + description))
    )
    for mart in marts:
        write_table(cursor, warehouse, mart, new)
    give_as_before(cursor, schema, new, [mart.name for mart in marts])
    drop_before(cursor, before)
    if exists(cursor, schema):
        cursor.execute(
            SQL("alter schema {} rename to {}").format(*map(Identifier, (schema, before)))
        )
    cursor.execute(SQL("alter schema {} rename to {}").format(*map(Identifier, (new, schema))))


def refuse_what_is_no_publication(cursor: psycopg.Cursor, schemas: Sequence[str]) -> None:
    """A schema of somebody else's is neither renamed nor, the time after, dropped."""
    for schema in schemas:
        cursor.execute(
            "select coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace"
            " where nspname = %s",
            [schema],
        )
        found = cursor.fetchone()
        if found and not found[0].startswith(MARK):
            raise ReaderError(
                f"The schema {schema} of the database is not a publication of ours. Name another"
                " one with --postgres-schema."
            )


def exists(cursor: psycopg.Cursor, schema: str) -> bool:
    cursor.execute("select 1 from pg_namespace where nspname = %s", [schema])
    return cursor.fetchone() is not None


def key_fits(warehouse: Warehouse, mart: Published) -> bool:
    """Whether every key is short enough for an index: senders write texts of any length."""
    if not mart.key:
        return False
    length = " + ".join(
        f"coalesce(strlen(cast({quoted(name)} as varchar)), 0)" for name in mart.key
    )
    longest = warehouse.rows(f"select max({length}) from ({mart.query(warehouse)})")[0][0]
    return bool((longest or 0) <= KEY_BYTES)


def write_table(cursor: psycopg.Cursor, warehouse: Warehouse, mart: Published, schema: str) -> None:
    table = Identifier(schema, mart.name)
    parts: list[Composable] = [
        SQL("{} {}").format(Identifier(one.name), SQL(type_of(one))) for one in mart.columns
    ]
    has_key = key_fits(warehouse, mart)
    if has_key:
        kind = SQL("primary key") if mart.key_is_complete else SQL("unique")
        parts.append(SQL("{} ({})").format(kind, SQL(", ").join(map(Identifier, mart.key))))
    cursor.execute(SQL("create table {} ({})").format(table, SQL(", ").join(parts)))
    description = mart.description
    if mart.key and not has_key:
        description += f" Key, with values too long for an index: {', '.join(mart.key)}."
    cursor.execute(SQL("comment on table {} is {}").format(table, Literal(description)))
    for one in mart.columns:
        cursor.execute(
            SQL("comment on column {} is {}").format(
                Identifier(schema, mart.name, one.name), Literal(one.description)
            )
        )
    with cursor.copy(SQL("copy {} from stdin").format(table)) as copy:
        for batch in lines(warehouse, mart):
            copy.write(batch)
    cursor.execute(SQL("select count(*) from {}").format(table))
    counted = cursor.fetchone()
    expected = warehouse.rows(f"select count(*) from ({mart.query(warehouse)})")[0][0]
    if counted is None or counted[0] != expected:
        raise ReaderError(f"{mart.name} has {expected} rows, and {counted} in PostgreSQL.")
    cursor.execute(SQL("analyze {}").format(table))


def give_as_before(cursor: psycopg.Cursor, schema: str, new: str, marts: Sequence[str]) -> None:
    """Who could read the schema of before reads this one: grants belong to tables."""
    readers = """
        select distinct coalesce(roles.rolname, 'public')
        from pg_namespace as spaces
        cross join aclexplode(spaces.nspacl) as given
        left join pg_roles as roles on given.grantee = roles.oid
        where spaces.nspname = %s and given.privilege_type = 'USAGE'
            and given.grantee <> spaces.nspowner
        order by 1
    """
    cursor.execute(readers, [schema])
    for (role,) in cursor.fetchall():
        # PUBLIC is a word, not the name of a role.
        name = SQL("public") if role == "public" else Identifier(role)
        cursor.execute(SQL("grant usage on schema {} to {}").format(Identifier(new), name))
    cursor.execute(
        """
        select coalesce(roles.rolname, 'public'), tables.relname
        from pg_class as tables
        inner join pg_namespace as spaces on tables.relnamespace = spaces.oid
        cross join aclexplode(tables.relacl) as given
        left join pg_roles as roles on given.grantee = roles.oid
        where spaces.nspname = %s and given.privilege_type = 'SELECT'
            and given.grantee <> tables.relowner
        order by 1, 2
        """,
        [schema],
    )
    given: dict[str, set[str]] = {}
    for role, table in cursor.fetchall():
        given.setdefault(role, set()).add(table)
    cursor.execute(
        """
        select tables.relname from pg_class as tables
        inner join pg_namespace as spaces on tables.relnamespace = spaces.oid
        where spaces.nspname = %s and tables.relkind = 'r'
        """,
        [schema],
    )
    there = {name for (name,) in cursor.fetchall()}
    for role, tables in given.items():
        # Who could read everything reads what is new as well.
        readable = set(marts) if there <= tables else tables & set(marts)
        name = SQL("public") if role == "public" else Identifier(role)
        for table in sorted(readable):
            cursor.execute(SQL("grant select on {} to {}").format(Identifier(new, table), name))


def drop_before(cursor: psycopg.Cursor, before: str) -> None:
    """The tables of the publication before the last one; what others built on them stops this."""
    cursor.execute(
        """
        select tables.relname from pg_class as tables
        inner join pg_namespace as spaces on tables.relnamespace = spaces.oid
        where spaces.nspname = %s and tables.relkind = 'r'
        order by 1
        """,
        [before],
    )
    try:
        for (table,) in cursor.fetchall():
            cursor.execute(SQL("drop table {}").format(Identifier(before, table)))
        cursor.execute(SQL("drop schema if exists {}").format(Identifier(before)))
    except psycopg.errors.DependentObjectsStillExist as error:
        detail = error.diag.message_detail or str(error)
        raise ReaderError(
            f"Something of yours stands on the tables of an earlier publication: {detail}"
            f" Drop it, and make it again on the new schema after each publication."
        ) from error
    except psycopg.errors.LockNotAvailable as error:
        raise ReaderError(
            f"Somebody still reads the tables of the publication before the last one ({before})."
            " Try again when that query has ended."
        ) from error
