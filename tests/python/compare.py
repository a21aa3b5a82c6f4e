"""Compare a warehouse with the oracle: exact, NULL-safe, in both directions, on natural keys.

`differences(source, reference_dir, connection, variables)` is the one call that a test needs; an
empty list means that every result agrees. Counts, keys, words, times and decimals are exact.
Statistics that the warehouse may hold as doubles agree within a relative tolerance. Keys that the
rules leave opaque (the attempt key, payload hashes, synthetic request ids) are never compared by
value; where one of them settles a tie, the oracle takes the warehouse's choice and everything else
has to follow from it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any, Final

import duckdb
from oracle import COLUMNS, Results, Settings, TextTieBreaker, load_raw, recompute
from oracle.attempts import Attempt
from oracle.cases import read_ticket
from oracle.fields import parse_count, word
from oracle.raw import RawRow

Row = Mapping[str, Any]

SYNTHETIC: Final = "synthetic-"
_STATISTIC: Final = (1e-9, 1e-12)
# Intervals come out of a subtraction, and the normal tail may be a polynomial good to 1.2e-7.
_INTERVAL: Final = (1e-7, 1e-9)
_TAIL: Final = (1e-6, 1e-15)
_MIX: Final = (1e-7, 1e-9)
_EFFECTS: Final = (
    "requests_per_case_effect",
    "tokens_per_request_effect",
    "price_per_token_effect",
    "resolved_share_effect",
)


@dataclass(frozen=True)
class Table:
    """How one result is compared with its warehouse table."""

    result: str
    name: str
    # Rows are matched on these; without keys they are compared as a multiset.
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    tolerances: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    # Decimals by the rules that a warehouse may hold as doubles: estimates, not money.
    may_be_double: frozenset[str] = frozenset()


def _table(
    result: str,
    name: str,
    keys: Sequence[str],
    *,
    leave_out: Collection[str] = (),
    tolerances: Mapping[str, tuple[float, float]] | None = None,
    may_be_double: Collection[str] = (),
) -> Table:
    columns = tuple(column for column in COLUMNS[result] if column not in leave_out)
    return Table(result, name, tuple(keys), columns, tolerances or {}, frozenset(may_be_double))


_PERIOD: Final = ("period_grain", "period_start")
_SEGMENT: Final = (*_PERIOD, "segment_type", "segment_value")
TABLES: Final[dict[str, Table]] = {
    table.result: table
    for table in (
        _table("attempts", "fct_attempts", ("request_id", "attempt_index")),
        # What else these two show is free: a reader needs the counts and the reasons to be right.
        Table("redeliveries", "redeliveries", (), ("request_id", "ingested_at", "has_conflict")),
        Table("rejected_rows", "rejected_rows", (), ("raw_table", "source_file", "reason")),
        _table("tickets", "fct_tickets", ("ticket_id",)),
        _table("workflows", "fct_workflows", ("workflow_id",)),
        _table("cost_per_resolved_ticket", "cost_per_resolved_ticket", _SEGMENT),
        _table(
            "cost_per_deflection",
            "cost_per_deflection",
            _SEGMENT,
            may_be_double=(
                "escalations_avoided",
                "cost_per_escalation_avoided_usd",
                "minutes_saved",
                "minutes_saved_per_handled",
            ),
        ),
        _table("tenant_share", "tenant_share", (*_PERIOD, "tenant_id")),
        _table("tenant_concentration", "tenant_concentration", _PERIOD),
        _table(
            "prompt_version_regression",
            "prompt_version_regression",
            ("endpoint_tag", "prompt_version", "metric"),
            leave_out=("is_noise",),
            tolerances={
                **dict.fromkeys(
                    ("ci_low", "ci_high", "adjusted_ci_low", "adjusted_ci_high"), _INTERVAL
                ),
                **dict.fromkeys(("p_value", "q_value", "adjusted_p_value"), _TAIL),
                **dict.fromkeys(("mix_effect", "extra_usd"), _MIX),
                # Logarithms of ratios close to one lose digits in a subtraction.
                **dict.fromkeys(_EFFECTS, _MIX),
            },
        ),
        _table("spend_bridge", "spend_bridge", (*_PERIOD, "category")),
        _table(
            "budget_status",
            "budget_status",
            ("budget_id", "status_date"),
            tolerances={
                # Half of an interval is kept to a millionth, and tokens are whole.
                **dict.fromkeys(("forecast_low_usd", "forecast_high_usd"), (0.0, 2e-6)),
                **dict.fromkeys(("forecast_low_tokens", "forecast_high_tokens"), (0.0, 0.51)),
            },
        ),
        _table("template_checklist", "template_checklist", ("week_start", "use_case", "item")),
        _table("template_scores", "template_scores", ("week_start", "use_case")),
        _table("telemetry_health", "telemetry_health", ("request_date", "source_system")),
    )
}


def differences(
    source: str | Path,
    reference_dir: str | Path,
    connection: duckdb.DuckDBPyConnection,
    variables: Settings | Mapping[str, Any] | None = None,
    only: Iterable[str] | None = None,
) -> list[str]:
    """Recompute everything from raw files and say where the warehouse differs."""
    ties = WarehouseTies(connection)
    results = recompute(load_raw(source), reference_dir, variables, ties)
    return compare_results(results, connection, only)


def compare_results(
    results: Results,
    connection: duckdb.DuckDBPyConnection,
    only: Iterable[str] | None = None,
    limit: int = 8,
) -> list[str]:
    """Readable differences, at most `limit` a table; `only` names the results to compare."""
    found: list[str] = []
    for name in TABLES if only is None else only:
        lines = _compare_table(TABLES[name], results, connection)
        found.extend(f"{TABLES[name].name}: {line}" for line in lines[:limit])
        if len(lines) > limit:
            found.append(f"{TABLES[name].name}: and {len(lines) - limit} more")
    return found


def find_relation(
    connection: duckdb.DuckDBPyConnection, name: str
) -> tuple[str | None, str | None]:
    """The qualified name of a table or view whatever its schema, else why there is none."""
    places = connection.execute(
        """
        select database_name, schema_name from duckdb_tables() where table_name = ?
        union
        select database_name, schema_name from duckdb_views() where view_name = ? and not internal
        order by all
        """,
        [name, name],
    ).fetchall()
    if len(places) != 1:
        where = ", ".join(f"{database}.{schema}" for database, schema in places)
        return None, f"in several schemas: {where}" if places else "no such table or view"
    return ".".join(f'"{part}"' for part in (*places[0], name)), None


def read_relation(
    connection: duckdb.DuckDBPyConnection, relation: str, wanted: Sequence[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The wanted columns that the relation has, as plain values, and the ones that it lacks."""
    described = connection.execute(f"describe {relation}").fetchall()
    existing = {str(row[0]) for row in described}
    columns = [column for column in wanted if column in existing]
    missing = [column for column in wanted if column not in existing]
    if not columns:
        return [], missing
    listed = ", ".join(f'"{column}"' for column in columns)
    rows = connection.execute(f"select {listed} from {relation}").fetchall()
    return [
        {column: _plain(value) for column, value in zip(columns, row, strict=True)} for row in rows
    ], missing


def _plain(value: object) -> object:
    """Times as naive UTC; a time at midnight stays a time, dates stay dates."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _compare_table(
    table: Table, results: Results, connection: duckdb.DuckDBPyConnection
) -> list[str]:
    relation, problem = find_relation(connection, table.name)
    if relation is None:
        return [problem or "not found"]
    found, missing = read_relation(connection, relation, table.columns)
    lines = [f"column {column} is missing" for column in missing]
    expected = results.records(table.result)
    if any(key in missing for key in table.keys):
        return lines
    expected, found = _normalise(table, results, expected, found)
    columns = [column for column in table.columns if column not in missing]
    if not table.keys:
        return lines + _compare_multisets(columns, expected, found)
    if table.result == "attempts":
        # The id of a request without one is a hash: such rows are compared as a multiset.
        loose_expected = [row for row in expected if _is_synthetic(row)]
        loose_found = [row for row in found if _is_synthetic(row)]
        lines += _compare_synthetic(columns, loose_expected, loose_found)
        expected = [row for row in expected if not _is_synthetic(row)]
        found = [row for row in found if not _is_synthetic(row)]
    return lines + _compare_keyed(table, columns, expected, found)


def _is_synthetic(row: Row) -> bool:
    return str(row["request_id"]).startswith(SYNTHETIC)


def _normalise(
    table: Table,
    results: Results,
    expected: list[dict[str, Any]],
    found: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Take out what the rules leave open."""
    if table.result == "attempts":
        for row in (*expected, *found):
            # No tier means standard, whichever of the two a table shows.
            row["service_tier"] = row.get("service_tier") or "standard"
    elif table.result == "redeliveries":
        for row in (*expected, *found):
            if _is_synthetic(row):
                row["request_id"] = SYNTHETIC
    elif table.result == "rejected_rows":
        for row in (*expected, *found):
            # A seed is one table: only a landing folder has files worth naming.
            named = results.raw_kind == "landing" and row.get("source_file")
            row["source_file"] = PurePosixPath(str(named)).name if named else None
    elif table.result == "spend_bridge":
        # A category without spend may be a row of 0 or no row.
        expected = [row for row in expected if row["cost_usd"] != 0]
        found = [row for row in found if row["cost_usd"] != 0]
    elif table.result == "prompt_version_regression":
        expected, found = _normalise_regression(table, expected, found)
    return expected, found


def _normalise_regression(
    table: Table, expected: list[dict[str, Any]], found: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A first release has nothing to be compared with: its rows may be there or not.

    Where a standard error is rounding noise, so are the interval and the p-value; and then every
    q-value of the run depends on noise, and with it every verdict but insufficient_data.
    """
    present = {tuple(row[key] for key in table.keys) for row in found}
    expected = [
        row
        for row in expected
        if row["baseline_version"] is not None or tuple(row[key] for key in table.keys) in present
    ]
    by_key = {tuple(row[key] for key in table.keys): row for row in found}
    run_is_noisy = any(row["is_noise"] for row in expected)
    for row in expected:
        other = by_key.get(tuple(row[key] for key in table.keys))
        unsure: list[str] = []
        if row["is_noise"]:
            unsure += ["ci_low", "ci_high", "p_value", "adjusted_ci_low", "adjusted_ci_high"]
            unsure += ["adjusted_p_value"]
        if run_is_noisy:
            unsure.append("q_value")
            if row["verdict"] != "insufficient_data":
                unsure += ["verdict", "gate"]
        for column in unsure if other is not None else ():
            if other is not None and column in other:
                row[column] = other[column]
    return expected, found


def _compare_keyed(
    table: Table, columns: Sequence[str], expected: Sequence[Row], found: Sequence[Row]
) -> list[str]:
    """Rows matched on the natural key, in both directions."""
    lines: list[str] = []
    ours, theirs = _by_key(table, expected), _by_key(table, found)
    for key in sorted({*ours, *theirs}, key=repr):
        label = ", ".join(f"{name}={value}" for name, value in zip(table.keys, key, strict=True))
        left, right = ours.get(key, []), theirs.get(key, [])
        if len(left) != 1 or len(right) != 1:
            lines.append(f"[{label}] {len(left)} rows by the rules, {len(right)} in the warehouse")
            continue
        for column in columns:
            problem = _unequal(table, column, left[0][column], right[0][column])
            if problem:
                lines.append(f"[{label}] {column}: {problem}")
    return lines


def _by_key(table: Table, rows: Sequence[Row]) -> dict[tuple[Any, ...], list[Row]]:
    grouped: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[tuple(_comparable(row[key]) for key in table.keys)].append(row)
    return dict(grouped)


def _comparable(value: object) -> object:
    """A time at midnight equals its date; numbers of different types are equal already."""
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date()
    return value


def _unequal(table: Table, column: str, expected: object, found: object) -> str | None:
    """Why two values differ, or nothing."""
    if expected is None or found is None:
        same = expected is None and found is None
    elif isinstance(expected, bool) or isinstance(found, bool):
        same = expected is found
    elif isinstance(expected, float) or (
        isinstance(found, float) and column in table.may_be_double
    ):
        relative, absolute = table.tolerances.get(column, _STATISTIC)
        left, right = float(expected), float(found)  # type: ignore[arg-type]
        same = math.isclose(left, right, rel_tol=relative, abs_tol=absolute)
    elif isinstance(expected, Decimal) and isinstance(found, float):
        return f"{expected} by the rules, {found} in the warehouse, which is a double, not exact"
    else:
        same = _comparable(expected) == _comparable(found)
    return None if same else f"{expected!s} by the rules, {found!s} in the warehouse"


def _multiset(columns: Sequence[str], rows: Sequence[Row]) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(_comparable(row[column]) for column in columns) for row in rows)


def _compare_multisets(
    columns: Sequence[str], expected: Sequence[Row], found: Sequence[Row]
) -> list[str]:
    """Rows without a natural key: the same rows, the same number of times."""
    lines: list[str] = []
    if len(expected) != len(found):
        lines.append(f"{len(expected)} rows by the rules, {len(found)} in the warehouse")
    ours, theirs = _multiset(columns, expected), _multiset(columns, found)
    for more, where in ((ours - theirs, "the rules"), (theirs - ours, "the warehouse")):
        for values, count in sorted(more.items(), key=repr):
            shown = ", ".join(
                f"{name}={value}" for name, value in zip(columns, values, strict=True)
            )
            lines.append(f"{count} more by {where}: {shown}")
    return lines


def _compare_synthetic(
    columns: Sequence[str], expected: Sequence[Row], found: Sequence[Row]
) -> list[str]:
    """Attempts without a request id: everything but the id itself."""
    lines: list[str] = []
    counts = [len({row["request_id"] for row in rows}) for rows in (expected, found)]
    if counts[0] != counts[1]:
        lines.append(f"{counts[0]} synthetic requests by the rules, {counts[1]} in the warehouse")
    others = [column for column in columns if column != "request_id"]
    return lines + _compare_multisets(others, expected, found)


# What of a delivery the attempt fact shows as it was sent, whatever its place in the request.
_OBSERVED: Final = (
    *("request_id", "occurred_at", "provider", "model", "endpoint_tag", "stage"),
    *("prompt_version", "user_id", "tenant_id", "queue", "intent", "input_tokens"),
    *("cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"),
    *("latency_ms", "status", "error_code", "data_mode", "environment", "reported_cost_usd"),
)
_TICKET_OBSERVED: Final = (
    *("ticket_id", "tenant_id", "channel", "queue", "intent", "project", "opened_at", "csat"),
)


class WarehouseTies:
    """Ties that the rules leave to opaque hashes, settled as the warehouse settled them.

    A choice is taken only when the warehouse shows one of the candidates; else the text decides.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._text = TextTieBreaker()
        self._keys: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
        self._tickets: dict[str, Row] = {}
        relation, _ = find_relation(connection, "fct_attempts")
        if relation is not None:
            rows, missing = read_relation(connection, relation, (*_OBSERVED, "attempt_key"))
            if not missing:
                for row in rows:
                    self._keys[_observed(row)].append(_rankable(row["attempt_key"]))
        relation, _ = find_relation(connection, "fct_tickets")
        if relation is not None:
            rows, missing = read_relation(connection, relation, _TICKET_OBSERVED)
            if not missing:
                self._tickets = {str(row["ticket_id"]): row for row in rows}

    def pick_delivery(self, tied: Sequence[Attempt]) -> Attempt:
        """The candidate that is in the attempt fact."""
        shown = [delivery for delivery in tied if self._known_keys(delivery)]
        return self._text.pick_delivery(shown or tied)

    def key_rank(self, attempt: Attempt) -> tuple[Any, ...]:
        """The place of the warehouse's own key."""
        keys = self._known_keys(attempt)
        return (0, min(keys), attempt.key) if keys else (1, "", attempt.key)

    def pick_ticket(self, tied: Sequence[RawRow]) -> RawRow:
        """The candidate that the ticket fact shows; its NULLs may be filled from attempts."""
        shown = self._tickets.get(tied[0].values["ticket_id"])
        if shown is None:
            return self._text.pick_ticket(tied)
        fitting = [row for row in tied if _fits(row, shown)]
        return self._text.pick_ticket(fitting or tied)

    def _known_keys(self, attempt: Attempt) -> list[Any]:
        row = attempt.row
        values = {
            "request_id": attempt.request_id,
            "occurred_at": attempt.occurred_at,
            "provider": attempt.provider,
            "model": attempt.model,
            "endpoint_tag": attempt.endpoint_tag,
            "stage": attempt.stage,
            "prompt_version": attempt.prompt_version,
            "user_id": row.get("user_id"),
            "tenant_id": attempt.tenant_id,
            "queue": attempt.queue,
            "intent": attempt.intent,
            **attempt.tokens,
            "latency_ms": parse_count(row.get("latency_ms")),
            "status": attempt.status,
            "error_code": row.get("error_code"),
            "data_mode": word(row.get("data_mode")),
            "environment": word(row.get("environment")),
            "reported_cost_usd": attempt.reported_cost_usd,
        }
        return self._keys.get(_observed(values), [])


def _observed(row: Row) -> tuple[Any, ...]:
    values = dict(row)
    if str(values["request_id"]).startswith(SYNTHETIC):
        values["request_id"] = SYNTHETIC
    return tuple(
        value if isinstance(value := values[name], date) else _comparable(value)
        for name in _OBSERVED
    )


def _rankable(key: object) -> object:
    return key if isinstance(key, int) else str(key)


def _fits(row: RawRow, shown: Row) -> bool:
    ticket = read_ticket(row)
    exact = ("channel", "project", "csat")
    given = ("tenant_id", "queue", "intent", "opened_at")
    return all(getattr(ticket, name) == shown[name] for name in exact) and all(
        getattr(ticket, name) in (None, shown[name]) for name in given
    )
