"""PySpark on two local threads: the same SQL as the DuckDB script where the engines agree."""

# mypy: disable-error-code="import-not-found"
# Only `make bench` installs what this module imports.

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from benchmarks import sql_peer, statements

DIALECT = statements.Dialect(
    order_of_attempts="struct(occurred_at, xxhash64(request_id, attempt_number))",
    excluding="except",
    usd_per="cast(case when {units} > 0 then {cost} / cast(nullif({units}, 0) as decimal(10, 0))"
    " end as decimal(28, 12))",
)
PRICE_TYPES = (
    "provider string, model string, priced_model string, valid_from string, valid_until string,"
    " over_input_tokens bigint, up_to_input_tokens bigint, input_pico_usd bigint,"
    " cached_input_pico_usd bigint, cache_write_pico_usd bigint, output_pico_usd bigint"
)


class PySpark:
    def __init__(self, out: Path) -> None:
        self.out = out
        self.session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.memory", "6g")
            .config("spark.driver.extraJavaOptions", "-XX:+UseParallelGC")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.sql.warehouse.dir", str(out / "warehouse"))
            .config("spark.local.dir", str(out / "shuffle"))
            .getOrCreate()
        )

    def read_seed(self, name: str, file: Path, types: dict[str, str]) -> None:
        # Types that are given save a job that guesses them.
        schema = ", ".join(f"{column} {kind}" for column, kind in types.items())
        self._view(name, self.session.read.csv(str(file), schema=schema, header=True))

    def read_raw(self, name: str, folder: Path) -> None:
        self._view(name, self.session.read.parquet(str(folder)))

    def rows(self, query: str) -> list[Any]:
        return list(self.session.sql(query).collect())

    def add_prices(self, rows: list[tuple[Any, ...]]) -> None:
        self._view("prices", self.session.createDataFrame(rows, PRICE_TYPES))

    def hold(self, name: str, query: str) -> None:
        self.session.sql(f"cache table {name} as {query}")

    def keep(self, name: str, query: str) -> None:
        self.session.sql(query).write.parquet(str(self.out / name))
        self._view(name, self.session.read.parquet(str(self.out / name)))

    def keep_attempts(self, decided: str, every_column: str) -> None:
        self.keep("fct_attempts", f"with attempts as ({decided}) {every_column}")

    def _view(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)

    def close(self) -> None:
        gateway = self.session.sparkContext._gateway
        self.session.stop()
        # The virtual machine's time counts only once it has ended.
        if gateway is not None:
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait()


def main(landing: Path, seeds: Path, out: Path) -> None:
    peer = PySpark(out)
    sql_peer.build(peer, DIALECT, landing, seeds, "xxhash64(external_request_id)")
    peer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
