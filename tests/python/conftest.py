"""Fixtures that build warehouses with dbt and read them back."""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# A process of xdist has a main module without a file, which pyspark, where it is installed, takes
# for its own doctests, and ends the process.
if not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__file__ = __file__

PROJECT = Path(__file__).resolve().parents[2]
Builder = Callable[..., Path]
SCHEMAS = ("marts", "run", "intermediate", "staging", "reference", "raw")
# The models up to the unit economics, for tests that read no further: a third of the nodes.
WITHOUT_OPERATIONS = (
    "--select",
    *(f"+path:models/marts/{reader}" for reader in ("core", "outcomes", "customers", "governance")),
    "+prompt_version_regression",
)


class DbtError(AssertionError):
    """A dbt command failed; the message holds what dbt said."""


# Projects as dbt has parsed them, by folder and by what decides which raw tables their models read.
_parsed: dict[tuple[str, ...], Manifest] = {}
# It lives as long as the process and is half a million objects: to walk through them whenever some
# objects are new takes a fifth of a build.
gc.set_threshold(200_000, 50, 100)


def run_dbt(
    arguments: list[str],
    warehouse: Path,
    target: Path,
    landing: Path | None,
    project: Path = PROJECT,
    warnings: list[str] | None = None,
    on_event: Callable[[Any], None] | None = None,
    **variables: Any,
) -> None:
    """Run one dbt command against a warehouse file, in this process, so that dbt starts once.

    dbt would parse the whole project anew, which takes as long as a build, whenever a variable or
    the warehouse is another than the last time. Only the origin of the raw tables makes the parsed
    project another, so it is kept by that, which is why every warehouse file has the same name: it
    is the name of the database. In a copy of the project tests may change rows of seeds, which dbt
    reads when it loads them, and nothing else.
    """
    assert warehouse.name == "llm_costs.duckdb"
    os.environ["LLM_COSTS_WAREHOUSE"] = str(warehouse)
    os.environ["LLM_COSTS_LANDING"] = "" if landing is None else str(landing)
    options = [
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(target), "--log-path", str(target), "--quiet"),
        # DbtError says what failed, and nothing reads dbt's files of every event and node.
        *("--log-level-file", "none", "--no-write-json"),
        *("--vars", json.dumps(variables)),
    ]
    identifiers = sorted(name for name in variables if name.endswith("_identifier"))
    parsed = (str(project), *(("landing",) if landing else identifiers))
    if parsed not in _parsed:
        _parsed[parsed] = invoke_dbt(["parse", *options])
        # Nothing asks for disabled seeds or selectors, and `deepcopy` fails on them.
        _parsed[parsed].disabled.clear()
        _parsed[parsed].selectors = {}
    # A command writes into the manifest that it is given.
    invoke_dbt([*arguments, *options], _parsed[parsed].deepcopy(), warnings, on_event)


def invoke_dbt(
    command: list[str],
    manifest: Manifest | None = None,
    warnings: list[str] | None = None,
    on_event: Callable[[Any], None] | None = None,
) -> Any:
    """The result of a dbt command. What it warns of is added to `warnings`."""
    from dbt.adapters.factory import reset_adapters
    from dbt.cli.main import dbtRunner

    said: list[str] = []

    def note(event: Any) -> None:
        if event.info.level == "error":
            said.append(event.info.msg)
        elif event.info.level == "warn" and warnings is not None:
            warnings.append(event.info.msg)

    try:
        result = dbtRunner(
            manifest=manifest, callbacks=[note, *([on_event] if on_event else [])]
        ).invoke(command)
    finally:
        reset_adapters()
        close_dbt_connection()
    if not result.success:
        raise DbtError("\n".join([*said, str(result.exception or "")]))
    return result.result


def close_dbt_connection() -> None:
    """Let go of the warehouse file, which dbt-duckdb keeps open for the life of the process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One target folder for the whole run, so that dbt parses the project once."""
    return tmp_path_factory.mktemp("dbt_target")


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The project as dbt parses it: models, semantic models, metrics."""
    folder = str(tmp_path_factory.mktemp("parsed"))
    options = [
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"),
        *("--target-path", folder, "--log-path", folder, "--log-level-file", "none"),
    ]
    parsed: Manifest = invoke_dbt(["parse", *options])
    return parsed


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
def demo_warehouse(build_warehouse: Builder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company's warehouse, built once: by `make test`, which names it, or here."""
    built = os.environ.get("BUILT_DEMO")
    if built is None:
        return build_warehouse()
    # A copy for each process: tests open it in their own ways.
    copied = shutil.copy(built, tmp_path_factory.mktemp("demo") / "llm_costs.duckdb")
    return Path(copied)


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
