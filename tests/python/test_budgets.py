"""Budgets: what the demo planted, what arrives later, and whether forecasts keep their word."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, query
from test_incremental import MODELS, copy_of_the_project, sent, telemetry
from warehouses import different_tables

BuildWarehouse = Callable[..., Path]
COLUMNS = ("budget_id", "scope_type", "scope_value", "risk_level", "period", "amount_usd")
HEADER = ",".join((*COLUMNS, "amount_tokens", "effective_from", "owner"))
BUDGETS = ("--select", "+budget_forecast_errors")


def test_planted_crossings_are_found_on_their_day(demo_warehouse: Path) -> None:
    expected = PROJECT / "tests" / "expected" / "planted_incidents.csv"
    with expected.open(encoding="utf-8") as file:
        planted = {
            (row["description"].split(":")[0], row["starts_at"][:10], row["magnitude"])
            for row in csv.DictReader(file)
            if row["kind"] == "budget_crossed"
        }
    assert len(planted) > 4
    found = query(
        demo_warehouse,
        """
        select budget_id, min(status_date), any_value(amount_usd) from budget_status
        where actual_usd >= amount_usd group by budget_id, period_start
        """,
    )
    assert {
        (name, f"{day}", f"{round(float(amount), 6)}") for name, day, amount in found
    } == planted


def test_the_demo_has_every_scope_and_state(demo_warehouse: Path) -> None:
    scopes, states, measures, risks = query(
        demo_warehouse,
        """
        select count(distinct scope_type), count(distinct state_now), count(distinct decided_by),
            count(distinct risk_level) from budget_status
        """,
    )[0]
    assert (scopes, states, measures, risks) == (5, 4, 2, 1)


def with_budgets(folder: Path, *rows: str) -> Path:
    project = copy_of_the_project(folder)
    write_budgets(project, *rows)
    return project


def write_budgets(project: Path, *rows: str) -> None:
    seed = project / "seeds" / "reference" / "budgets.csv"
    seed.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


MARCH = [f"03-{day:02}" for day in range(1, 32)]


def cents(call: str, day: str, cost: str = "0.01", arrived: str = "", **fields: object) -> str:
    named = {"attemptId": "1", "reportedCostUsd": cost}
    return sent(call, f"2026-{day}", f"2026-{arrived or day}", **(named | fields))


def told_before(warehouse: Path, day: str) -> dict[str, list[tuple[Any, ...]]]:
    """What was told up to a day, of the budgets whose amounts stay: states and transitions."""
    known = "budget_id, status_date, columns('as_known') from budget_status where status_date"
    entered = "* from budget_transitions where knowledge = 'as_known' and entered_on"
    return {
        name: query(
            warehouse,
            f"select {what} < date '2026-{day}' and budget_id <> 'changed' order by all",
        )
        for name, what in (("states", known), ("transitions", entered))
    }


@dataclass
class Later:
    """What was told by the 19th, and what is known after a later run, and from one full build."""

    told: dict[str, list[tuple[Any, ...]]]
    warehouse: Path
    again: Path


@pytest.fixture(scope="module")
def later(build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Later:
    """Calls of a cent a day; then corrections, late calls, a backfill and another amount."""
    folder = tmp_path_factory.mktemp("later")
    landing = folder / "landing"
    kept = (
        "all,workspace,all,,monthly,1.00,60000,2026-01-01,finance",
        "weekly,endpoint,support.reply,,weekly,0.50,,2026-01-01,support",
    )
    changed = "changed,workspace,all,,monthly,{},{},2026-03-01,finance"
    project = with_budgets(folder / "project", *kept, changed.format("1.00", ""))
    telemetry(landing, "first.jsonl", [cents(day, day) for day in MARCH[:20]])
    # The call of the 10th was dearer and that of the 13th longer; that of the 11th is the same.
    corrected = [
        cents("03-10", "03-10", "0.61", "03-14"),
        cents("03-13", "03-13", arrived="03-16", inputTokens=41000),
        cents("03-11", "03-11", arrived="03-15"),
    ]
    telemetry(landing, "corrected.jsonl", corrected)
    warehouse = build_warehouse(landing, project=project, arguments=MODELS)
    told = told_before(warehouse, "03-20")

    telemetry(landing, "second.jsonl", [cents(day, day) for day in MARCH[20:]])
    telemetry(landing, "late.jsonl", [cents("late", "03-12", "0.50", "03-25")])
    telemetry(landing, "credit.jsonl", [cents("03-10", "03-10", "0.01", "03-24")])
    backfill = [cents(f"02-{day}", f"02-{day}", arrived="03-28") for day in range(10, 29)]
    telemetry(landing, "backfill.jsonl", backfill)
    write_budgets(project, *kept, changed.format("0.70", "5000"))
    build_warehouse(landing, warehouse=warehouse, project=project, arguments=MODELS)
    return Later(told, warehouse, build_warehouse(landing, project=project, arguments=MODELS))


def test_late_spend_and_a_changed_amount_give_what_one_full_build_gives(later: Later) -> None:
    assert different_tables(later.warehouse, later.again) == {}
    entered = query(
        later.warehouse,
        """
        select entered_on, to_state, decided_by, knowledge from budget_transitions
        where budget_id = 'changed' and to_state = 'exceeded' order by knowledge
        """,
    )
    # A thousand tokens of input and a hundred of output a call: 5000 are spent on the fifth.
    assert entered == [
        (date(2026, 3, 5), "exceeded", "tokens", "as_known"),
        (date(2026, 3, 5), "exceeded", "tokens", "now"),
    ]


def test_what_was_told_stays_whatever_comes_later(later: Later) -> None:
    now = told_before(later.warehouse, "03-20")
    # The backfill has days of its own, of which nobody could have told anything.
    of_february = [row for row in now["states"] if row[1] < date(2026, 3, 1)]
    assert len(of_february) == 2 * 19
    assert {value for row in of_february for value in row[2:]} == {None}
    now["states"] = [row for row in now["states"] if row not in of_february]
    assert len(now["states"]) == 2 * 19
    assert now == later.told


def test_a_correction_restates_what_is_known_now_and_not_what_was_told(later: Later) -> None:
    rows = query(
        later.warehouse,
        """
        select day(status_date), actual_as_known_usd, actual_usd, actual_as_known_tokens,
            actual_tokens
        from budget_status where budget_id = 'all' and status_date >= '2026-03-01'
        """,
    )
    spent = {day: (f"{was:.2f}", f"{now:.2f}", *tokens) for day, was, now, *tokens in rows}
    assert {day: spent[day] for day in (10, 11, 12, 13, 14, 15, 16, 23, 24, 25)} == {
        10: ("0.10", "0.10", 11000, 11000),
        11: ("0.11", "0.11", 12100, 12100),
        # A call of the 12th comes on the 25th.
        12: ("0.12", "0.62", 13200, 14300),
        13: ("0.13", "0.63", 14300, 55400),
        # The 10th is known to be dearer; that it was not is known on the 24th.
        14: ("0.74", "0.64", 15400, 56500),
        # The 11th is known again.
        15: ("0.75", "0.65", 16500, 57600),
        16: ("0.76", "0.66", 57600, 58700),
        23: ("0.83", "0.73", 65300, 66400),
        24: ("0.24", "0.74", 66400, 67500),
        25: ("0.75", "0.75", 68600, 68600),
    }
    exceeded = query(
        later.warehouse,
        """
        select knowledge, day(entered_on), decided_by from budget_transitions
        where budget_id = 'all' and period_start = '2026-03-01' and to_state = 'exceeded'
        order by knowledge
        """,
    )
    assert exceeded == [("as_known", 19, "tokens"), ("now", 18, "tokens")]


def steady(rng: random.Random, day: date) -> float:
    """A weekday's level, and noise of a third."""
    return (1.0 if day.weekday() < 5 else 0.4) * rng.lognormvariate(0, 0.3)


def heavy(rng: random.Random, day: date) -> float:
    """Some days cost several times the usual."""
    return steady(rng, day) * rng.lognormvariate(0, 0.6)


def sparse(rng: random.Random, day: date) -> float:
    """A few calls a day, on some days none."""
    calls, level = 0, math.exp(-(1.5 if day.weekday() < 5 else 0.5))
    product = rng.random()
    while product > level:
        calls += 1
        product *= rng.random()
    return sum(rng.lognormvariate(0, 0.5) for _ in range(calls)) / 3


def wandering(rng: random.Random, day: date) -> float:
    """The level goes up and down by a tenth over the months."""
    return steady(rng, day) * (1 + 0.1 * math.sin(day.toordinal() / 20))


KINDS = (steady, heavy, sparse, wandering)
WORLDS = 12  # of each kind
FIRST, DAYS = date(2026, 1, 5), 26 * 7


def world_calls() -> Iterator[str]:
    rng = random.Random(20260105)  # noqa: S311 - seeded for repeatable tests
    for kind in KINDS:
        for number in range(WORLDS):
            tenant = f"{kind.__name__}-{number}"
            for day in (FIRST + timedelta(days=offset) for offset in range(DAYS)):
                cost = kind(rng, day)
                if cost > 0:
                    yield sent(
                        f"{tenant}-{day}",
                        f"{day}",
                        tenantId=tenant,
                        intent="refund",
                        reportedCostUsd=f"{cost:.6f}",
                    )


def test_of_ten_outcomes_eight_lie_in_the_interval(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Worlds of four kinds, each tenant one, with a weekly and a monthly budget."""
    landing = tmp_path / "landing"
    rows = [
        f"{kind.__name__}-{number}-{period},tenant,{kind.__name__}-{number},,{period},9,,2026-01-01,o"
        for kind in KINDS
        for number in range(WORLDS)
        for period in ("weekly", "monthly")
    ]
    telemetry(landing, "worlds.jsonl", list(world_calls()))
    project = with_budgets(tmp_path / "project", *rows)
    warehouse = build_warehouse(landing, project=project, arguments=BUDGETS)
    found = query(
        warehouse,
        """
        select period, split_part(scope_value, '-', 1), avg(is_inside::int), count(is_inside),
            avg(error_share)
        from budget_forecast_errors where forecast_method = 'seasonal' group by all order by all
        """,
    )
    assert len(found) == 2 * len(KINDS)
    for period, kind, inside, forecasts, bias in found:
        assert forecasts > 300, (period, kind)
        assert 0.70 <= inside <= 0.90, (period, kind, inside)
        assert abs(bias) < 0.10, (period, kind, bias)
