"""One DuckDB script, written by hand for this work alone and as fast as we could make it.

What makes it fast also makes it less than the project: it rebuilds everything, trusts the types and
the spelling of its input, knows one service tier and no merged tickets, and keeps no rejected rows.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import sql_peer, statements

# The moment in microseconds and 63 bits of a hash in one HUGEINT: DuckDB has a fast path for it.
ORDER_OF_ATTEMPTS = (
    "(epoch_us(occurred_at)::hugeint * 9223372036854775808"
    " + (hash(request_id, attempt_number) >> 1)::hugeint)"
)
USD_PER = (
    "cast(case when {units} > 0 then"
    " ((2 * cast({cost} * 1000000000000 as hugeint) + {units}) // (2 * nullif({units}, 0)))"
    " * cast(0.000000000001 as decimal(13, 12)) end as decimal(28, 12))"
)
DIALECT = statements.Dialect(ORDER_OF_ATTEMPTS, "exclude", USD_PER)
MEMORY_LIMIT = "5GB"


class DuckDb:
    def __init__(self, warehouse: Path) -> None:
        self.connection = duckdb.connect(str(warehouse))
        self.connection.execute("set threads = 2")
        self.connection.execute("set preserve_insertion_order = false")
        self.connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")

    def read_seed(self, name: str, file: Path, types: dict[str, str]) -> None:
        self.hold(name, f"select * from read_csv('{file}', types = {types})")

    def read_raw(self, name: str, folder: Path) -> None:
        files = f"read_parquet('{folder}/*.parquet')"
        self.connection.execute(f"create temp view {name} as select * from {files}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def add_prices(self, rows: list[tuple[Any, ...]]) -> None:
        self.connection.execute(
            "create temp table prices (provider varchar, model varchar, priced_model varchar,"
            " valid_from date, valid_until date, over_input_tokens bigint,"
            " up_to_input_tokens bigint, input_pico_usd bigint, cached_input_pico_usd bigint,"
            " cache_write_pico_usd bigint, output_pico_usd bigint)"
        )
        self.connection.executemany(
            "insert into prices values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        )

    def hold(self, name: str, query: str) -> None:
        self.connection.execute(f"create temp table {name} as {query}")

    def keep(self, name: str, query: str) -> None:
        self.connection.execute(f"create table {name} as {query}")

    def keep_attempts(self, decided: str, every_column: str) -> None:
        self.keep("attempts", decided)
        self.connection.execute(f"create view fct_attempts as {every_column}")


def main(landing: Path, seeds: Path, out: Path) -> None:
    peer = DuckDb(out / "warehouse.duckdb")
    sql_peer.build(peer, DIALECT, landing, seeds, "hash(external_request_id)")
    peer.connection.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
