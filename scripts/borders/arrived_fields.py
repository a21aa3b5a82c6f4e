"""Arrived: no field vanishes, appears, changes the kind of its values, or stops being readable.

Judged by what the rows hold: in a landing folder no table declares the fields, and in a table of
text the declaration says nothing.
"""

from __future__ import annotations

from typing import Any

import great_expectations.expectations as gxe
import pandas as pd

from borders.chance import is_more
from borders.judging import among, judged
from borders.suite import Settings, Suite, Warehouse
from borders.weeks import RAW_TABLES

# First match. A kind that is none of them is text.
KINDS = {
    "boolean": "lower({field}) in ('true', 'false')",
    "number": "try_cast({field} as double) is not null",
    "uuid": "try_cast({field} as uuid) is not null",
    "time": "try_cast({field} as timestamp) is not null",
}
# What staging adds of its own.
OF_STAGING = {
    *("day", "week", "source_file", "source_line", "corrupt_record", "withheld_kind"),
    *("invalid_time", "invalid_token_count", "unreadable_value", "unreadable_values"),
    *("has_anthropic_names", "input_excludes_cache", "input_meaning"),
}


class ExpectAFieldToStay(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "filled_of_before"
    description: str = "A field that rows had in the weeks before is still filled."


class ExpectNoNewField(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "filled"
    description: str = "A field that was empty in the weeks before is still empty."


class ExpectTheUsualKindOfValue(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "of_usual_kind"
    description: str = "Values are of the kind that they were in the weeks before."


class ExpectValuesToBeReadable(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "more_unreadable"
    description: str = "No more values of a field are unreadable than in the weeks before."


def counted(warehouse: Warehouse, table: str) -> list[dict[str, Any]]:
    """By field: rows, filled, unreadable and of each kind, in the judged week and before."""
    types = warehouse.connection.execute(f"describe arrived_{table}").fetchall()
    fields = {name: kind for name, kind, *_ in types if name not in OF_STAGING}
    parts = ["count(*)"]
    for field, kind in fields.items():
        parts += [
            f"count({field})",
            f"count(*) filter (concat(' ', unreadable_values) like '% {field}: %')",
        ]
        if kind == "VARCHAR":
            case = " ".join(
                f"when {test.format(field=field)} then '{name}'" for name, test in KINDS.items()
            )
            parts.append(f"histogram(case when {field} is null then null {case} else 'text' end)")
        else:
            parts.append("null")
    found = {
        bool(judged_week): values
        for judged_week, *values in warehouse.connection.execute(
            f"select week = 0, {', '.join(parts)} from arrived_{table} group by 1"
        ).fetchall()
    }
    empty = [0] * len(parts)
    now, before = found.get(True, empty), found.get(False, empty)
    return [
        {
            "field": field,
            "rows": now[0],
            "rows_before": before[0],
            "filled": now[1 + 3 * place],
            "filled_before": before[1 + 3 * place],
            "unreadable": now[2 + 3 * place],
            "unreadable_before": before[2 + 3 * place],
            "kinds": now[3 + 3 * place] or {},
            "kinds_before": before[3 + 3 * place] or {},
        }
        for place, field in enumerate(fields)
    ]


def of_usual_kind(field: dict[str, Any], usual_share: float) -> tuple[str | None, float | None]:
    """The kind that nearly all values had before, and the share that still has it."""
    before, now = sum(field["kinds_before"].values()), sum(field["kinds"].values())
    if not before or not now:
        return None, None
    kind, count = max(field["kinds_before"].items(), key=lambda item: (item[1], item[0]))
    return (
        (kind, field["kinds"].get(kind, 0) / now) if count / before >= usual_share else (None, None)
    )


def measure(warehouse: Warehouse) -> pd.DataFrame:
    rules = warehouse.settings.rules
    vanished = rules["field_vanished"].limits
    kind_limits = rules["kind_of_value"].limits
    rows: list[dict[str, Any]] = []
    for table in RAW_TABLES:
        if table not in warehouse.readable:
            continue
        for field in counted(warehouse, table):
            now, before = field["rows"], field["rows_before"]
            enough = min(now, before) >= vanished["least_rows"]
            row: dict[str, Any] = {
                "what": f"{table}, {field['field']}",
                "enough": enough,
                "rows": now,
                "was_filled": False,
                "was_empty": field["filled_before"] == 0,
                "is_beyond_chance": False,
            }
            if enough:
                share, share_before = field["filled"] / now, field["filled_before"] / before
                row |= {"filled": share, "filled_before": share_before}
                row["was_filled"] = share_before >= vanished["least_filled"]
                row["filled_of_before"] = share / share_before if share_before else None
                row["more_unreadable"] = (
                    field["unreadable"] / now - field["unreadable_before"] / before
                )
                row["is_beyond_chance"] = is_more(
                    field["unreadable"],
                    now,
                    field["unreadable_before"],
                    before,
                    warehouse.settings.confidence,
                )
                if min(field["filled"], field["filled_before"]) >= kind_limits["least_rows"]:
                    row["usual_kind"], row["of_usual_kind"] = of_usual_kind(
                        field, kind_limits["usual_share"]
                    )
            rows.append(row)
    return judged(
        rows,
        *("rows", "filled", "filled_before", "filled_of_before", "was_filled", "was_empty"),
        *("usual_kind", "of_usual_kind", "more_unreadable", "is_beyond_chance"),
    )


def expect(settings: Settings) -> list[tuple[str, Any]]:
    limits = {name: rule.limits for name, rule in settings.rules.items()}
    return [
        (
            "field_vanished",
            ExpectAFieldToStay(
                min_value=limits["field_vanished"]["least_of_before"],
                row_condition=among(was_filled=True),
            ),
        ),
        (
            "field_appeared",
            ExpectNoNewField(
                max_value=limits["field_appeared"]["most_filled"],
                row_condition=among(was_empty=True),
            ),
        ),
        (
            "kind_of_value",
            ExpectTheUsualKindOfValue(
                min_value=limits["kind_of_value"]["least_share"],
                row_condition=among(),
            ),
        ),
        (
            "unreadable_values",
            ExpectValuesToBeReadable(
                max_value=limits["unreadable_values"]["most_more"],
                row_condition=among(is_beyond_chance=True),
            ),
        ),
    ]


SUITE = Suite(
    "arrived_fields",
    "arrived",
    "Do fields come as they came before?",
    measure,
    expect,
    {
        "field_vanished": ("rows", "filled", "filled_before"),
        "field_appeared": ("rows", "filled"),
        "kind_of_value": ("rows", "usual_kind", "of_usual_kind"),
        "unreadable_values": ("rows", "more_unreadable"),
    },
)
