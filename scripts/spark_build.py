"""dbt on a local Spark: starts a session and runs dbt in the same process.

    python scripts/spark_build.py build            # any dbt command, with its options

The catalog lives as long as the process does, so every build is a whole one. The tables stay as
Parquet under LLM_COSTS_SPARK_WAREHOUSE (default warehouse/spark), one folder a table, and the next
build replaces them.

Exit codes: 0 dbt succeeded, 1 it did not, or the folder holds something else.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

PROJECT = Path(__file__).resolve().parent.parent
MARKER = ".built_by_spark_build"


def prepare(folder: Path) -> None:
    """Empty the folder of the last build; a folder that holds anything else is refused."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            sys.exit(
                f"{folder} is not empty and was not written by this script. "
                "Name another folder in LLM_COSTS_SPARK_WAREHOUSE."
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()


def start_session(folder: Path) -> SparkSession:
    """A session in UTC with a catalog in memory, sized for one machine."""
    settings = {
        "spark.sql.warehouse.dir": str(folder),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        # Chains of merged tickets are followed for 101 levels (int_tickets_merged).
        "spark.sql.cteRecursionLevelLimit": "150",
        # What the columns of a table imply for each other grows with the power of their number
        # where a column is a rule of others: planning int_tickets_current alone took minutes.
        "spark.sql.constraintPropagation.enabled": "false",
        "spark.sql.shuffle.partitions": os.environ.get("LLM_COSTS_SPARK_PARTITIONS", "2"),
        "spark.driver.memory": os.environ.get("LLM_COSTS_SPARK_MEMORY", "3g"),
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    master = os.environ.get("LLM_COSTS_SPARK_MASTER", "local[2]")
    builder = SparkSession.builder.appName("llm_costs").master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def keep_views(session: SparkSession, folder: Path) -> None:
    """Write the views among the marts as Parquet too: the session's end would take them away."""
    if not session.catalog.databaseExists("marts"):
        return
    for table in session.catalog.listTables("marts"):
        if table.tableType == "VIEW" and not table.isTemporary:
            files = folder / "marts.db" / table.name
            session.table(f"marts.{table.name}").write.parquet(str(files))


def main() -> int:
    """Run dbt with the arguments of the command line; what comes after a command is dbt's."""
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    os.chdir(PROJECT)
    folder = Path(os.environ.get("LLM_COSTS_SPARK_WAREHOUSE", "warehouse/spark")).resolve()
    prepare(folder)
    session = start_session(folder)
    try:
        arguments = sys.argv[1:] or ["build"]
        result = dbtRunner().invoke([*arguments, "--target", "spark", "--profiles-dir", "."])
        keep_views(session, folder)
    finally:
        session.stop()
    return 0 if result.success else 1


if __name__ == "__main__":
    sys.exit(main())
