"""Budgets: what the demo planted, what arrives later, and whether forecasts keep their word."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

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


def test_late_spend_and_a_changed_amount_give_what_one_full_build_gives(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    row = "all,workspace,all,,monthly,{},{},2026-03-01,finance"
    project = with_budgets(tmp_path / "project", row.format("1.00", ""))
    days = [f"2026-03-{day:02}" for day in range(1, 32)]
    telemetry(landing, "first.jsonl", [sent(day, day, reportedCostUsd="0.01") for day in days])
    warehouse = build_warehouse(landing, project=project, arguments=MODELS)
    status = "select status_date, state_now, actual_usd from budget_status order by status_date"
    assert {state for _, state, _ in query(warehouse, status)} == {"ok"}

    late = [sent("late", "2026-03-10", "2026-03-31", reportedCostUsd="0.90")]
    telemetry(landing, "late.jsonl", late)
    write_budgets(project, row.format("0.95", "5000"))
    build_warehouse(landing, warehouse=warehouse, project=project, arguments=MODELS)
    again = build_warehouse(landing, project=project, arguments=MODELS)
    assert different_tables(warehouse, again) == {}
    tenth, eleventh = query(warehouse, status)[9:11]
    assert [f"{tenth[2]:.2f}", f"{eleventh[2]:.2f}"] == ["1.00", "1.01"]
    entered = query(
        warehouse,
        "select entered_on, to_state, decided_by from budget_transitions order by entered_on",
    )
    # A thousand tokens of input and a hundred of output a call: 5000 are spent on the fifth.
    assert (date(2026, 3, 5), "exceeded", "tokens") in entered


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
