"""What a suite is: a frame with one row for each thing that is judged, and expectations on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import duckdb
import pandas as pd
import yaml

RULES = Path(__file__).with_name("rules.yml")
# What every frame has beside its figures: the name of the thing, and whether it can be judged; and
# where its rows are not judged by every rule of the suite, the rule that judges each.
WHAT, ENOUGH, KIND = "what", "enough", "kind"

Border = Literal["arrived", "published"]


class BorderError(Exception):
    """Something that whoever runs the checks can put right."""


@dataclass(frozen=True)
class Rule:
    """What rules.yml says of a rule."""

    name: str
    owner: str
    stops: bool
    limits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Acceptance:
    """A breach that somebody has looked into and means."""

    rule: str
    what: str
    until: date
    because: str
    by: str


@dataclass(frozen=True)
class Settings:
    judged_days: int
    reference_weeks: int
    least_reference_weeks: int
    confidence: float
    rules: Mapping[str, Rule]
    accepted: tuple[Acceptance, ...]


def read_settings(path: Path = RULES) -> Settings:
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        rules = {name: Rule(name, **rule) for name, rule in said["rules"].items()}
        accepted = tuple(Acceptance(**entry) for entry in said["accepted"] or [])
        settings = Settings(rules=rules, accepted=accepted, **said["window"])
    except (OSError, yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise BorderError(f"{path} cannot be read: {error}") from error
    unknown = {entry.rule for entry in accepted} - set(rules)
    if unknown:
        raise BorderError(f"{path} accepts breaches of a rule that is not there: {unknown}")
    return settings


@dataclass(frozen=True)
class Warehouse:
    """An open warehouse, and the days that are judged."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    marts: str  # the schema
    as_of: date | None
    # Raw tables whose staged rows of the window lie in temporary tables; what the others said.
    readable: tuple[str, ...]
    unreadable: Mapping[str, str]

    def frame(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The rows of a query. Money keeps its digits: a decimal is a Decimal, never a float."""
        result = self.connection.execute(sql, dict(parameters) if parameters else None)
        columns = [column[0] for column in result.description or []]
        rows = result.fetchall()
        return pd.DataFrame(
            {
                name: pd.Series([row[place] for row in rows], dtype=object)
                for place, name in enumerate(columns)
            }
        )


@dataclass(frozen=True)
class Suite:
    """One file a suite. `expect` makes the expectations, each with the name of its rule."""

    name: str
    border: Border
    question: str
    measure: Callable[[Warehouse], pd.DataFrame]
    expect: Callable[[Settings], list[tuple[str, Any]]]
    # The figures that a finding of a rule is told with, where not all of the row are.
    tells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
