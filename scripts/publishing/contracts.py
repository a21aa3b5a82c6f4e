"""The public marts, read from the models themselves: what is one, its key, what it may tell whom.

Nothing is listed here: a model in models/marts is public, its contract has its columns, the test of
its key names the key, and `meta: {kept_from_tenants: true}` marks a column of a tenant's own row
that says something of other tenants or of where files lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

# The same loader in C, where PyYAML has it: a tenth of the time.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MODELS = Path(__file__).resolve().parents[2] / "models" / "marts"


@dataclass(frozen=True)
class Contract:
    """Of a ready view no columns: they are those of the mart that it shows."""

    name: str
    room: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    may_be_missing: frozenset[str]
    kept_from_tenants: frozenset[str]


def key_of(model: dict[str, Any]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The columns whose combination a test holds unique, and those of them that may be NULL."""
    for test in model.get("data_tests", []):
        if isinstance(test, dict) and "unique_combination" in test:
            arguments = test["unique_combination"]["arguments"]
            return tuple(arguments["columns"]), frozenset(arguments.get("may_be_missing", []))
    for column in model.get("columns", []):
        tests = [
            next(iter(test)) if isinstance(test, dict) else test
            for test in column.get("data_tests", [])
        ]
        if "unique" in tests:
            missing = frozenset() if "not_null" in tests else frozenset([column["name"]])
            return (column["name"],), missing
    return (), frozenset()


def meta_of(column: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = column.get("config", {}).get("meta", {})
    return found


@cache
def contracts(models: Path = MODELS) -> dict[str, Contract]:
    """Every public mart by its name."""
    found = {}
    for file in sorted(models.rglob("_*__models.yml")):
        text = file.read_text(encoding="utf-8")
        for model in yaml.load(text, Loader=LOADER)["models"]:  # noqa: S506 - a safe one
            key, may_be_missing = key_of(model)
            found[model["name"]] = Contract(
                model["name"],
                file.parent.name,
                tuple(column["name"] for column in model.get("columns", [])),
                key,
                may_be_missing,
                frozenset(
                    column["name"]
                    for column in model.get("columns", [])
                    if meta_of(column).get("kept_from_tenants")
                ),
            )
    return found
