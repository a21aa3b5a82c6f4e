"""An independent oracle.

Every result again, from raw rows and reference tables, in plain Python.
"""

from .attempts import TextTieBreaker, TieBreaker
from .raw import RawTables, load_raw
from .recompute import COLUMNS, Results, recompute
from .settings import Settings

__all__ = [
    "COLUMNS",
    "RawTables",
    "Results",
    "Settings",
    "TextTieBreaker",
    "TieBreaker",
    "load_raw",
    "recompute",
]
