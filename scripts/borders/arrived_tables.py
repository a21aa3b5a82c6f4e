"""Arrived: every raw table can be read as it was staged."""

from __future__ import annotations

from typing import Any

import great_expectations.expectations as gxe
import pandas as pd

from borders.judging import judged
from borders.suite import Settings, Suite, Warehouse
from borders.weeks import STAGED

RULE = "readable"


class ExpectATableToBeReadable(gxe.ExpectColumnValuesToBeNull):  # type: ignore[misc]
    column: str = "said"
    description: str = "A raw table can be read: no column that staging names is gone."


def measure(warehouse: Warehouse) -> pd.DataFrame:
    return judged(
        [
            {"what": f"{name}, {staged}", "enough": True, "said": warehouse.unreadable.get(name)}
            for name, staged in STAGED.items()
        ],
        "said",
    )


def expect(settings: Settings) -> list[tuple[str, Any]]:  # noqa: ARG001
    return [(RULE, ExpectATableToBeReadable())]


SUITE = Suite("arrived_tables", "arrived", "Can every raw table be read?", measure, expect)
