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
# An alias may end behind a hyphen, or within a number: gpt-5-, claude-opus-5-202.
_UNFINISHED = (re.compile(r"-$"), re.compile(r"[-@][0-9]+-?$"))


def is_named_by_prefix(name: str, alias: str) -> bool:
    """Whether an alias means a name that begins with it."""
    if not name.startswith(alias):
        return False
    if alias.endswith(".ft-"):
        return True
    for stem in (alias, *(unfinished.sub("", alias) for unfinished in _UNFINISHED)):
        rest = _VERSION.match(name, len(stem))
        # Whose fine-tune a model is changes nothing.
        end = (":",) if alias.startswith("ft:") else ()
        if rest is not None and (rest.end() == len(name) or name[rest.end() :].startswith(end)):
            return True
    return False
