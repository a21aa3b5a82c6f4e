"""What a run may choose (spec: variables and their defaults)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from .fields import parse_time


@dataclass(frozen=True)
class Settings:
    """The variables that change a result. `as_of` empty means the newest event."""

    as_of: datetime | None = None
    outcome_definition: str = "closed_without_escalation_v2"
    cost_basis: str = "reported_first"
    reportable_data_modes: tuple[str, ...] = ("real",)
    reportable_environments: tuple[str, ...] = ("prod", "production")
    regression_window_days: int = 28
    regression_min_units: int = 60
    regression_min_stratum_units: int = 10
    regression_min_lift: float = 0.10
    regression_min_extra_usd: float = 1.00
    regression_max_q_value: float = 0.05

    @classmethod
    def from_vars(cls, variables: Mapping[str, Any]) -> Settings:
        """From the variables of a dbt run; names that no result depends on are ignored."""
        known = {field.name for field in fields(cls)}
        chosen: dict[str, Any] = {name: value for name, value in variables.items() if name in known}
        as_of = chosen.get("as_of")
        if isinstance(as_of, str):
            chosen["as_of"] = parse_time(as_of or None)
            if as_of and chosen["as_of"] is None:
                raise ValueError(f"as_of is not a time: {as_of!r}")
        for name in ("reportable_data_modes", "reportable_environments"):
            if name in chosen:
                chosen[name] = tuple(str(value).strip().lower() for value in chosen[name])
        if chosen.get("cost_basis", "reported_first") not in ("reported_first", "priced_first"):
            raise ValueError(f"unknown cost_basis: {chosen['cost_basis']!r}")
        return cls(**chosen)
