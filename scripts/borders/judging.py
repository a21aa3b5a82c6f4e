"""What the suites share: how a frame is laid out, and what GX asks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Any

import pandas as pd
from great_expectations.expectations.row_conditions import Column

from borders.suite import ENOUGH, WHAT


def among(**values: bool | str) -> Any:
    """The rows that an expectation judges: those of which there is enough, with these values."""
    return reduce(
        and_, (Column(name) == value for name, value in ({ENOUGH: True} | values).items())
    )


def judged(rows: Sequence[Mapping[str, Any]], *figures: str) -> pd.DataFrame:
    """A frame that has its columns also without a row. Figures that are unknown are NULL."""
    columns = [WHAT, ENOUGH, *figures]
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in columns}
    )
