"""Which names of models an alias stands for as a prefix, by the warehouse's rule.

What follows is a version or a date, and so the same model; anything else may be another model,
whose price nobody knows (is_named_by_prefix() in macros/rules/pricing.sql).
"""

from __future__ import annotations

import re

_VERSION = re.compile(
    r"(?:[-@](?:20\d\d-?\d\d-?\d\d|\d\d-(?:20)?\d\d|\d{4}|0\d\d|latest|default|preview|exp|v\d+)"
    r"|:\d+)*",
    re.ASCII,
)
# An alias may end within a number, or behind the hyphen before it: claude-opus-5-202.
_UNFINISHED = re.compile(r"[-@][0-9]*-?$")


def is_named_by_prefix(name: str, alias: str) -> bool:
    """Whether an alias means a name that begins with it."""
    if not name.startswith(alias):
        return False
    stem = _UNFINISHED.sub("", alias)
    if alias.endswith(".ft-") or any(
        _VERSION.fullmatch(name, len(start)) for start in (alias, stem)
    ):
        return True
    # Whose fine-tune a model is changes nothing.
    rest = _VERSION.match(name, len(stem))
    return alias.startswith("ft:") and rest is not None and name[rest.end() :].startswith(":")
