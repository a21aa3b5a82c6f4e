"""The demo company on Spark and on DuckDB: every public mart holds the same rows.

Money, counts, keys, words, times and dates are equal; numbers that are DOUBLE agree within 1e-9.
"""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, connect
from warehouses import public_tables

TOLERANCE = 1e-9

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(
        importlib.util.find_spec("pyspark") is None, reason="needs pyspark: make test-spark"
    ),
]


def build(command: list[str], folder: Path, **environment: str) -> None:
    """Build the demo's seeds and models; what dbt said is shown where that fails."""
    inherited = {name: value for name, value in os.environ.items() if name != "LLM_COSTS_LANDING"}
    own = {"DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs")}
    no_tests = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    finished = subprocess.run(  # noqa: S603 - the project's own commands
        [sys.executable, *command, "build", *no_tests],
        cwd=PROJECT,
        env=inherited | own | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout[-8000:] + finished.stderr[-2000:]


@pytest.fixture(scope="module")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse file that DuckDB built."""
    folder = tmp_path_factory.mktemp("duckdb")
    warehouse = folder / "llm_costs.duckdb"
    build(
        ["-m", "dbt.cli.main"],
        folder,
        LLM_COSTS_WAREHOUSE=str(warehouse),
        LLM_COSTS_TARGET="duckdb",
    )
    return warehouse


@pytest.fixture(scope="module")
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the Parquet files of the marts that Spark built."""
    folder = tmp_path_factory.mktemp("spark")
    warehouse = folder / "warehouse"
    build(["scripts/spark_build.py"], folder, LLM_COSTS_SPARK_WAREHOUSE=str(warehouse))
    return warehouse / "marts.db"


def differences(connection: duckdb.DuckDBPyConnection, mart: str, files: Path) -> list[str]:
    """What differs between a mart of DuckDB and Spark's files of it; nothing where they agree."""
    columns = connection.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'marts' and table_name = ? "
        "order by data_type = 'DOUBLE', column_name",
        [mart],
    ).fetchall()
    selected = ", ".join(f'cast("{name}" as {data_type})' for name, data_type in columns)
    # Rows meet in the order of everything that is exact.
    order = ", ".join(str(place + 1) for place in range(len(columns)))
    expected, actual = (
        connection.execute(f"select {selected} from {source} order by {order}").fetchall()
        for source in (f"marts.{mart}", f"read_parquet('{files}/*.parquet')")
    )
    found = []
    if len(expected) != len(actual):
        found.append(f"{mart}: {len(expected)} rows on DuckDB, {len(actual)} on Spark")
    for one, other in zip(expected, actual, strict=False):
        for (name, data_type), left, right in zip(columns, one, other, strict=True):
            may_be_close = data_type == "DOUBLE" and None not in (left, right)
            if left == right or (may_be_close and math.isclose(left, right, rel_tol=TOLERANCE)):
                continue
            found.append(f"{mart}.{name}: {left!r} on DuckDB, {right!r} on Spark, in {one}")
    return found


def test_every_mart_is_the_same_on_both_engines(on_duckdb: Path, on_spark: Path) -> None:
    marts = public_tables(on_duckdb)
    assert "fct_attempts" in marts
    with connect(on_duckdb) as connection:
        connection.execute("set TimeZone = 'UTC'")
        found = {mart: differences(connection, mart, on_spark / mart) for mart in marts}
    assert {mart: rows[:5] for mart, rows in found.items() if rows} == {}
