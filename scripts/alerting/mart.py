"""The alerts of a warehouse, as rows that keep every digit."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from publishing.warehouse import ReaderError, Warehouse, quoted

# The gravest first.
SEVERITIES = ("critical", "warning", "info")
# What is chosen, ordered and said by; a mart of another version may lack one.
NEEDED = (
    *("alert_id", "alert_kind", "change", "severity", "opened_on", "opened_at", "scope_type"),
    *("scope_value", "metric", "value", "baseline", "threshold", "impact_usd", "evidence"),
    *("owner", "escalation_path", "runbook", "suppressed_by"),
)


@dataclass(frozen=True)
class Alert:
    """A row of the mart: its columns in the mart's order."""

    row: dict[str, Any]

    @property
    def alert_id(self) -> str:
        return str(self.row["alert_id"])

    @property
    def opened_on(self) -> date:
        opened: date = self.row["opened_on"]
        return opened

    @property
    def rank(self) -> int:
        """0 is the gravest. A severity that nobody knows here wakes somebody."""
        severity = self.row["severity"]
        return SEVERITIES.index(severity) if severity in SEVERITIES else 0

    @property
    def order(self) -> tuple[Any, ...]:
        """The gravest first, then the dearest; what is not known to cost anything comes last."""
        impact = self.row["impact_usd"]
        dear = (impact is None, -impact if impact is not None else 0)
        return (self.rank, *dear, str(self.row["opened_at"]), self.alert_id)

    def line(self) -> str:
        return as_json(self.row)


@dataclass(frozen=True)
class Found:
    alerts: tuple[Alert, ...]  # those that are for people: nothing graver has the same cause
    as_of: date | None  # None: there are no alerts, and no run has come to its end
    is_complete: bool


def plain(value: Any) -> Any:
    """A value as JSON has it. A decimal is text, because readers of JSON take numbers for doubles;
    so is what JSON has no number for."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def as_json(row: dict[str, Any]) -> str:
    """One line of ASCII: no text of a row reaches a terminal as anything but text."""
    return json.dumps({name: plain(value) for name, value in row.items()}, allow_nan=False)


def read(path: Path) -> Found:
    """Read and let go of: no build waits for a webhook."""
    with Warehouse(path) as warehouse:
        relation = warehouse.relations().get("alerts")
        if relation is None:
            raise ReaderError(
                f"The warehouse {path} has no mart alerts: another version of the project built it,"
                " or the build did not get that far. Run `make build`."
            )
        names = [column.name for column in relation.columns]
        missing = [name for name in NEEDED if name not in names]
        if missing:
            raise ReaderError(
                f"The mart alerts lacks {', '.join(missing)}: another version of the project built"
                " it. Run `make build`."
            )
        rows = warehouse.rows(
            f"select * from {warehouse.named('alerts')} where suppressed_by is null"
        )
        as_of = completed(warehouse)
    alerts = [Alert(dict(zip(names, row, strict=True))) for row in rows]
    refuse_what_has_no_id(alerts)
    alerts.sort(key=lambda alert: alert.order)
    newest = max((alert.opened_on for alert in alerts), default=None)
    return Found(tuple(alerts), as_of or newest, as_of is not None)


def refuse_what_has_no_id(alerts: Sequence[Alert]) -> None:
    """Without an id of its own nobody knows whether an alert was announced."""
    ids = {alert.row["alert_id"] for alert in alerts if alert.row["opened_on"] is not None}
    if len(ids - {None}) != len(alerts):
        raise ReaderError(
            "Rows of the mart alerts have no alert_id of their own, or no opened_on. Run the tests"
            " of the mart: `dbt test --profiles-dir . --select alerts`."
        )


def completed(warehouse: Warehouse) -> date | None:
    """The day for which the last run speaks; None where a run broke off."""
    runs = quoted(warehouse.runs)
    there = warehouse.rows(
        "select 1 from information_schema.tables where table_catalog = current_database()"
        " and table_schema = $1 and table_name = 'completed_run'",
        warehouse.runs,
    )
    found = warehouse.rows(f"select as_of from {runs}.completed_run") if there else []
    if not found or found[0][0] is None:
        return None
    moment: datetime = found[0][0]
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
