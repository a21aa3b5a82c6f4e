"""Fixtures that build warehouses with dbt and read them back."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
Builder = Callable[..., Path]
SCHEMAS = ("marts", "intermediate", "staging", "reference", "raw")
# The models up to the unit economics, for tests that read no further: a third of the nodes.
WITHOUT_OPERATIONS = (
    "--select",
    *(
        f"+path:models/marts/{reader}"
        for reader in ("core", "unit_economics", "tenants", "finance", "governance")
    ),
    "+prompt_version_regression",
)


class DbtError(AssertionError):
    """A dbt command failed; the message holds what dbt said."""


def run_dbt(
    arguments: list[str],
    warehouse: Path,
    target: Path,
    landing: Path | None,
    project: Path = PROJECT,
    **variables: Any,
) -> Path:
    """Run one dbt command against a warehouse file, in this process, so that dbt starts once.

    dbt parses the whole project anew, which takes half as long as a build, when the profile or the
    variables are others than the last time. So every command finds its warehouse at the same path,
    and every set of variables has its own folder in `target`, which is returned.
    """
    from dbt.adapters.factory import reset_adapters
    from dbt.cli.main import dbtRunner

    in_place = target / "llm_costs.duckdb"
    settings = json.dumps(variables, sort_keys=True)
    target = target / hashlib.sha256(settings.encode()).hexdigest()[:12]
    os.environ["LLM_COSTS_WAREHOUSE"] = str(in_place)
    os.environ["LLM_COSTS_LANDING"] = "" if landing is None else str(landing)
    said: list[str] = []
    runner = dbtRunner(
        callbacks=[
            lambda event: said.append(event.info.msg) if event.info.level == "error" else None
        ]
    )
    paths = [
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
        "--target-path",
        str(target),
    ]
    move(warehouse, in_place)
    try:
        result = runner.invoke(
            [*arguments, *paths, "--log-path", str(target), "--quiet", "--vars", settings]
        )
    finally:
        reset_adapters()
        close_dbt_connection()
        move(in_place, warehouse)
    if not result.success:
        raise DbtError("\n".join([*said, str(result.exception or "")]))
    return target


def move(file: Path, to: Path) -> None:
    """Move a warehouse file, if there is one, with what was not yet merged into it."""
    to.parent.mkdir(parents=True, exist_ok=True)
    for suffix in ("", ".wal"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.replace(to.with_name(to.name + suffix))


def close_dbt_connection() -> None:
    """Let go of the warehouse file, which dbt-duckdb keeps open for the life of the process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One target folder for the whole run, so that dbt parses the project once."""
    return tmp_path_factory.mktemp("dbt_target")


@pytest.fixture(scope="session")
def build_warehouse(tmp_path_factory: pytest.TempPathFactory, dbt_target: Path) -> Builder:
    """A function that builds the whole project into a new warehouse file and returns its path.

    `landing` names a landing folder (None: the demo seeds); other keywords are dbt variables.
    `warehouse` names an existing file to build into once more, `project` another copy of the
    project. Unit tests are left out: they do not depend on the data. Data tests take as long as
    the models, so they run where `data_tests` asks for them.
    """

    def build(
        landing: Path | None = None,
        *,
        warehouse: Path | None = None,
        arguments: tuple[str, ...] = (),
        project: Path = PROJECT,
        data_tests: bool = False,
        **variables: Any,
    ) -> Path:
        file = warehouse or tmp_path_factory.mktemp("warehouse") / "llm_costs.duckdb"
        left_out = ["unit_test"] if data_tests else ["unit_test", "test"]
        command = ["build", *(f"--exclude-resource-type={kind}" for kind in left_out), *arguments]
        target = dbt_target if project == PROJECT else project / "target"
        run_dbt(command, file, target, landing, project, **variables)
        return file

    return build


@pytest.fixture(scope="session")
def demo_warehouse(build_warehouse: Builder) -> Path:
    """The demo company's warehouse, built once."""
    return build_warehouse()


def connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection in which every table of the project has its bare name."""
    connection = duckdb.connect(str(warehouse), read_only=True)
    # A build of a part has not all of them.
    found = connection.execute("select distinct schema_name from duckdb_schemas()").fetchall()
    names = [name for name in SCHEMAS if (name,) in found]
    connection.execute(f"set search_path = '{','.join(names)}'")
    return connection


def query(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query on a warehouse file."""
    with connect(warehouse) as connection:
        return connection.execute(sql).fetchall()
