"""Publishes the marts for readers: checks first, then a DuckDB file, Parquet files and PostgreSQL.

    make publish                          # into published/, where `current` leads to the newest
    make publish PUBLISH_TO=/srv/llm      # into another folder
    make publish TENANT=acme              # one tenant's rows alone, into published/tenants/acme

With LLM_COSTS_PUBLISH_POSTGRES (a connection string) the schema `marts` of that database holds them
too. A failed check publishes nothing, and whoever reads what was published before goes on reading.
Exit codes: 0 published, 1 nothing published and why, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
from borders import BorderError, breaches
from publishing.checks import problems
from publishing.content import Content, of_everybody, of_tenant
from publishing.contracts import contracts
from publishing.copies import STORAGE, write_duckdb, write_parquet_files
from publishing.folders import file_entry, made_aside, put_in_place, remove, write_manifest
from publishing.options import add_warehouse
from publishing.versions import (
    KEPT,
    VERSIONS,
    folder_of_tenant,
    make_current,
    next_version,
    refuse_what_is_no_publication,
    remove_old,
)
from publishing.warehouse import ReaderError, Warehouse

FORMAT = 1
DSN = "LLM_COSTS_PUBLISH_POSTGRES"


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_warehouse(parser)
    parser.add_argument(
        "--to",
        type=Path,
        default=Path("published"),
        metavar="FOLDER",
        help="folder of the publications (default: %(default)s)",
    )
    parser.add_argument(
        "--tenant", metavar="ID", help="this tenant's rows alone; never to PostgreSQL"
    )
    parser.add_argument(
        "--keep",
        type=int,
        choices=range(1, 1000),
        default=KEPT,
        metavar="N",
        help="how many versions stay, the new one included (default: %(default)s)",
    )
    parser.add_argument(
        "--postgres-schema",
        default="marts",
        metavar="NAME",
        help=f"schema in the database of {DSN} (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    if not re.fullmatch("[a-z_][a-z0-9_]{0,55}", options.postgres_schema):
        parser.error("--postgres-schema: small letters, digits and _ alone, at most 56 of them")
    return options


def manifest_of(
    warehouse: Warehouse, content: Content, rows: dict[str, int], folder: Path, tenant: str | None
) -> dict[str, Any]:
    built = warehouse.built()
    return {
        "format": FORMAT,
        "tenant": tenant,
        "as_of": str(built.as_of) if built.as_of else None,
        "outcome_definition": built.outcome_definition,
        "project_version": built.project_version,
        "settings": built.settings,
        "duckdb": {**file_entry(folder / "llm_costs.duckdb", folder), "storage_version": STORAGE},
        "marts": [
            {
                "name": mart.name,
                "room": mart.room,
                "description": mart.description,
                "key": list(mart.key),
                "filter": None if mart.condition == "true" else mart.condition,
                "rows": rows[mart.name],
                "columns": [
                    {"name": one.name, "type": one.type, "description": one.description}
                    for one in mart.columns
                ],
                "parquet": file_entry(folder / "parquet" / f"{mart.name}.parquet", folder),
            }
            for mart in content.marts
        ],
        "left_out": list(content.left_out),
        "columns_left_out": list(content.columns_left_out),
    }


def refuse_breaches(warehouse: Path) -> None:
    """What is unlike the weeks before stays here until it is mended, or accepted as meant."""
    found = breaches(warehouse)
    if found:
        raise ReaderError(
            "\n".join(str(finding) for finding in found)
            + "\nMend the data, or accept what is meant in scripts/borders/rules.yml."
        )


def publish(
    warehouse: Warehouse,
    to: Path,
    tenant: str | None = None,
    dsn: str = "",
    schema: str = "marts",
    keep: int = KEPT,
) -> tuple[Path, dict[str, Any]]:
    """The folder of the new version, and its manifest. Nothing is swapped before all is written."""
    public = contracts()
    found = problems(warehouse, public)
    if found:
        raise ReaderError("\n".join(found))
    if tenant is None:
        content, folder = of_everybody(warehouse, public), to
    else:
        content, folder = of_tenant(warehouse, public, tenant), folder_of_tenant(to, tenant)
    refuse_what_is_no_publication(folder)
    with ExitStack() as stack:
        version = next_version(folder, warehouse)
        aside = stack.enter_context(made_aside(folder / VERSIONS, version))
        rows = write_duckdb(warehouse, content.marts, aside / "llm_costs.duckdb")
        write_parquet_files(warehouse, content.marts, aside / "parquet")
        manifest = manifest_of(warehouse, content, rows, aside, tenant)
        write_manifest(aside / "manifest.json", manifest)
        database = None
        if dsn and tenant is None:
            # Only who publishes there needs the driver.
            from publishing.postgres import connected, write_schema

            database = stack.enter_context(connected(dsn))
            description = f"version {version}, as of {manifest['as_of']} UTC"
            write_schema(database, warehouse, content.marts, schema, description)
        place = folder / VERSIONS / version
        put_in_place(aside, place)
        try:
            if database is not None:
                database.commit()
            make_current(folder, place)
        except BaseException:
            remove(place)
            raise
    remove_old(folder, keep)
    return place, manifest


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    dsn = os.environ.get(DSN, "")
    try:
        # Before the warehouse is attached: a process opens a file once.
        refuse_breaches(options.warehouse)
        with Warehouse(options.warehouse) as warehouse:
            place, manifest = publish(
                warehouse, options.to, options.tenant, dsn, options.postgres_schema, options.keep
            )
    except (ReaderError, BorderError, OSError, duckdb.Error) as error:
        print(f"Nothing was published. {error}", file=sys.stderr)
        return 1
    rows = sum(mart["rows"] for mart in manifest["marts"])
    print(f"{place}: {len(manifest['marts'])} marts, {rows:,} rows")
    if dsn and options.tenant is None:
        print(f"PostgreSQL: schema {options.postgres_schema}")
    if manifest["left_out"]:
        print(f"Left out: {', '.join(manifest['left_out'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
