"""The floor of any engine: read the columns that the result depends on, and add them up."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

# What the four tables depend on; tickets and workflow outcomes are read whole.
NEEDED = (
    "external_request_id, attempt_number, occurred_at, ingested_at, provider, model, endpoint_tag,"
    " prompt_version, user_id, tenant_id, ticket_id, conversation_id, workflow_id, queue, intent,"
    " input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, status, data_mode,"
    " environment, reported_cost_usd"
)


def added_up(name: str, kind: str) -> str:
    if kind == "VARCHAR":
        return f"sum(strlen({name}))"
    if kind == "BOOLEAN":
        return f"count_if({name})"
    return f"max({name})" if kind == "TIMESTAMP" else f"sum({name})"


def main(landing: Path, out: Path) -> None:
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    for table, columns in (
        ("llm_requests", NEEDED),
        ("tickets", "*"),
        ("workflow_outcomes", "*"),
    ):
        rows = f"(select {columns} from read_parquet('{landing / table}/*.parquet'))"
        described = connection.execute(f"describe select * from {rows}").fetchall()
        sums = ", ".join(added_up(name, kind) for name, kind, *_ in described)
        (out / f"{table}.txt").write_text(
            str(connection.execute(f"select count(*), {sums} from {rows}").fetchone()),
            encoding="utf-8",
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
