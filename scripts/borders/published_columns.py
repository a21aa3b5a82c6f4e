"""Published: every mart has the columns of its contract, in their types, and no others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import great_expectations.expectations as gxe
import pandas as pd
import yaml

from borders.judging import among, judged
from borders.suite import Settings, Suite, Warehouse

RULE = "columns_of_the_contract"
MODELS = Path(__file__).resolve().parents[2] / "models" / "marts"
# What DuckDB calls the types of the contracts; decimals are called the same.
TYPES = {"STRING": "VARCHAR", "INT": "INTEGER"}


class ExpectTheTypeOfTheContract(
    gxe.ExpectColumnPairValuesToBeEqual  # type: ignore[misc]
):
    ignore_row_if: str = "neither"
    description: str = "A column has the type of its contract; it is neither missing nor new."


def contract_type(declared: str) -> str:
    # A type that differs between engines: {{ 'uuid' if target.type == 'duckdb' else 'string' }}
    on_duckdb = re.match(r"\{\{ '(\w+)' if target\.type == 'duckdb'", declared)
    name = (on_duckdb.group(1) if on_duckdb else declared).upper()
    return TYPES.get(name, name)


def contracts() -> dict[tuple[str, str], str]:
    """The type of each column of each mart."""
    found = {}
    for file in sorted(MODELS.glob("*/_*__models.yml")):
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
            for column in model.get("columns", []):
                found[model["name"], column["name"]] = contract_type(column["data_type"])
    return found


def measure(warehouse: Warehouse) -> pd.DataFrame:
    declared = contracts()
    marts = {mart for mart, _ in declared}
    found = {
        (table, column): kind.replace(" ", "")
        for table, column, kind in warehouse.connection.execute(
            """
            select table_name, column_name, data_type from duckdb_columns()
            where schema_name = ? and database_name = current_database()
            """,
            [warehouse.marts],
        ).fetchall()
        # A table of somebody else's in the same schema has no contract.
        if table in marts
    }
    return judged(
        [
            {
                "what": f"{mart}, {column}",
                "enough": True,
                "type": found.get((mart, column), "missing"),
                "contract_type": declared.get((mart, column), "not in the contract"),
            }
            for mart, column in sorted(declared.keys() | found.keys())
        ],
        "type",
        "contract_type",
    )


def expect(settings: Settings) -> list[tuple[str, Any]]:  # noqa: ARG001
    return [
        (
            RULE,
            ExpectTheTypeOfTheContract(
                column_A="type",
                column_B="contract_type",
                row_condition=among(),
            ),
        ),
    ]


SUITE = Suite(
    "published_columns", "published", "Has every mart the columns of its contract?", measure, expect
)
