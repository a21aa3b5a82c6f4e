"""The options that commands share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

DEFAULT_WAREHOUSE = "warehouse/llm_costs.duckdb"


def warehouse_file(environment: Mapping[str, str] = os.environ) -> Path:
    """The warehouse of a command that names none."""
    return Path(environment.get("LLM_COSTS_WAREHOUSE") or DEFAULT_WAREHOUSE)


def add_warehouse(
    parser: argparse.ArgumentParser, option: str = "--warehouse", what: str = "DuckDB file"
) -> None:
    parser.add_argument(
        option,
        type=Path,
        default=warehouse_file(),
        help=f"{what} (default: LLM_COSTS_WAREHOUSE, else {DEFAULT_WAREHOUSE})",
    )
