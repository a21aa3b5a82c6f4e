"""Values as cells: exact, and never run as a formula.

A spreadsheet runs a text that begins with = + - @ (also full-width), a tab or a line end as a
formula, also after white space that it drops. Such a text gets an apostrophe before it, which makes
it text. A text that begins with an apostrophe gets one more, so that taking one away always gives
back what was there. Numbers are no text: a negative one stays a number.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

# What a column of a mart can hold.
Type = bool | int | float | Decimal | date | UUID | str
MARK = "'"
# What a spreadsheet may drop before it looks: spaces of any kind, marks of order and joining.
_DROPPED = "\\s\\x00-\\x20\\x7f-\\xa0\\u00ad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff"
_RUNS = re.compile(
    f"[\\t\\r\\n\\x0b\\x0c\\x85\\u2028\\u2029']|[{_DROPPED}]*[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20]"
)


def neutral(text: str) -> str:
    """The text, with an apostrophe before it where it could be run."""
    return MARK + text if _RUNS.match(text) else text


def original(text: str) -> str:
    """What `neutral` was given."""
    return text[1:] if text.startswith(MARK) else text


def as_text(value: Type) -> str:
    """A value as a CSV cell holds it, before quotes; numbers are exact."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else neutral(str(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, str):
        return neutral(value)
    return str(value)


def csv_cell(value: Type | None) -> str:
    """NULL is empty; text stands in quotes always, so that empty text is no NULL and no other
    separator can cut it."""
    if value is None:
        return ""
    text = as_text(value)
    return '"' + text.replace('"', '""') + '"' if isinstance(value, str) else text
