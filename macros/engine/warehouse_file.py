"""Opens the warehouse file: waits while it is held, and says in one sentence what is in the way.

A plugin of dbt-duckdb (profiles.yml). Left alone, dbt-duckdb waits without a word, three times
over, also for a folder that does not exist, and ends in a traceback. It lies beside the macros
because it has to be where they are, in copies of the project too.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.events.logging import AdapterLogger

WAIT_SECONDS = 30
KEY = "LLM_COSTS_IDENTIFIER_KEY"


class WarehouseError(RuntimeError):
    """What is in the way. dbt-duckdb shows errors of this kind as they are, no others."""


def why_not(path: str, error: duckdb.IOException) -> str:
    folder = Path(path).parent
    if not folder.is_dir():
        reason = f"the folder {folder} does not exist. Create it, or correct LLM_COSTS_WAREHOUSE."
    elif not Path(path).exists():
        reason = f"the folder {folder} cannot be written. Allow it, or correct LLM_COSTS_WAREHOUSE."
    else:
        said = str(error).removeprefix("IO Error: ").splitlines()[0]
        reason = f"{said.split(' See also ')[0].rstrip('. ')}."
        if is_held(error):
            reason += " End that process, or let it read a published copy (docs/operations.md)."
    return f"The warehouse {path} cannot be opened: {reason}"


def is_held(error: duckdb.IOException) -> bool:
    return "Could not set lock" in str(error)


def open_warehouse(
    path: str, config: dict[str, Any] | None = None, wait_seconds: float = 0
) -> duckdb.DuckDBPyConnection:
    """A connection that writes. Waits for another process that has the file open, and only then."""
    waits_until = time.monotonic() + wait_seconds
    has_said_so = False
    while True:
        try:
            return duckdb.connect(path, config=config or {})
        except duckdb.IOException as error:
            if not is_held(error) or time.monotonic() >= waits_until:
                raise WarehouseError(why_not(path, error)) from error
            if not has_said_so:
                AdapterLogger("DuckDB").info(
                    f"{why_not(path, error)} Waiting up to {wait_seconds:.0f} s."
                )
                has_said_so = True
            time.sleep(1)


class Plugin(BasePlugin):  # type: ignore[misc]
    """Opens the file before dbt-duckdb does, which then shares what is open."""

    opened: duckdb.DuckDBPyConnection | None = None

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        if creds.path != ":memory:" and ":" not in creds.path.split("/")[0]:
            self.opened = open_warehouse(creds.path, config, WAIT_SECONDS)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:  # noqa: ARG002
        if self.opened:
            self.opened.close()
            self.opened = None

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Give the session the key of raw identifiers: no SQL, log or file then holds it."""
        key = os.environ.get(KEY, "")
        if key and not re.fullmatch(r"[A-Za-z0-9_+/=.-]{16,}", key):
            raise WarehouseError(f"{KEY} needs 16 or more letters, digits and _ + / = . - alone.")
        cursor.execute("set variable llm_costs_identifier_key = $1", [key])
