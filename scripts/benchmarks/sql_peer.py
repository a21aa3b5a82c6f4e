"""What the two SQL peers do alike: the same inputs, the same statements, in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any, Protocol

from benchmarks import reference, statements

RAW_TABLES = ("llm_requests", "tickets", "workflow_outcomes")
SEED_TYPES = {
    "baseline_escalation_rate": "decimal(9, 6)",
    "human_handle_minutes": "decimal(18, 6)",
    "released_at": "timestamp",
}
SEEDS = (
    *("endpoint_taxonomy", "tenant_users", "model_tiers", "intents", "tenants"),
    "prompt_releases",
)


class SqlPeer(Protocol):
    """An engine that reads files and keeps the results of queries."""

    def read_seed(self, name: str, file: Path, types: dict[str, str]) -> None: ...
    def read_raw(self, name: str, folder: Path) -> None: ...
    def rows(self, query: str) -> Sequence[Sequence[Any]]: ...
    def add_prices(self, rows: list[tuple[Any, ...]]) -> None: ...
    def hold(self, name: str, query: str) -> None:
        """Computes a table that is not written."""

    def keep(self, name: str, query: str) -> None:
        """Writes a table."""

    def keep_attempts(self, decided: str, every_column: str) -> None:
        """Writes the fact of attempts; `every_column` reads `decided` as `attempts`."""


def build(
    peer: SqlPeer, dialect: statements.Dialect, landing: Path, seeds: Path, request_hash: str
) -> None:
    for name in SEEDS:
        columns = reference.rows(seeds, name)[0]
        types = {column: SEED_TYPES.get(column, "string") for column in columns}
        peer.read_seed(name, seeds / f"{name}.csv", types)
    for name in RAW_TABLES:
        peer.read_raw(name, landing / name)
    seen = peer.rows("select distinct provider, model from llm_requests")
    found = reference.prices(seeds, [(row[0], row[1]) for row in seen])
    peer.add_prices([astuple(price) for price in found])
    peer.hold(
        "repeated",
        f"select {request_hash} as request_hash from llm_requests group by 1 having count(*) > 1",
    )
    peer.keep_attempts(statements.attempts(dialect, request_hash), statements.facts(dialect))
    for name, query in statements.statements(dialect, reference.definition(seeds)):
        peer.keep(name, query)
