"""What the suites share: how a frame is laid out, and what GX asks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

# GX judges what can be judged; the rest is counted as too little.
AMONG = "enough == True"


def judged(rows: Sequence[Mapping[str, Any]], *figures: str) -> pd.DataFrame:
    """A frame that has its columns also without a row. Figures that are unknown are NULL."""
    columns = ["what", "enough", *figures]
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in columns}
    )
