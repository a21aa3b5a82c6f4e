"""Cost per resolved ticket, per deflection, and the bridge of spend (spec "Unit economics",
design section 4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from .attempts import Attempt
from .cases import RESOLVED, Case
from .fields import EXACT
from .money import ZERO, CostSum, add, cost_sum, ratio
from .reference import Intent, OutcomeDefinition

GRAINS = ("day", "week", "month")
BRIDGE_CATEGORIES = (
    "resolved_in_period",
    "pending",
    "closed_without_success",
    "resolved_in_other_period",
    "unknown_outcome",
    "unattributed",
)
_UNATTRIBUTED_UNKNOWN = ("channel", "automation_class", "project")


def period_start(grain: str, day: date) -> date:
    """The first day of the period; weeks start on Monday."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def period_end(grain: str, start: date) -> date:
    """The first day of the next period."""
    if grain == "month":
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    return start + timedelta(days=7 if grain == "week" else 1)


def periods(day: date) -> Iterator[tuple[str, date]]:
    """The day, week and month that a day is in."""
    for grain in GRAINS:
        yield grain, period_start(grain, day)


@dataclass(slots=True)
class Cell:
    """What falls into one period and segment."""

    ticket_cost: CostSum = field(default_factory=CostSum)
    unattributed_cost: CostSum = field(default_factory=CostSum)
    active: dict[str, Case] = field(default_factory=dict)
    resolved: dict[str, Case] = field(default_factory=dict)
    opened: dict[str, Case] = field(default_factory=dict)


Key = tuple[str, date, str, str]


def is_unattributed_support(attempt: Attempt) -> bool:
    """Reportable support spend without any workflow id."""
    return attempt.is_reportable and attempt.workflow_id is None and attempt.use_case == "support"


def _unattributed_segments(attempt: Attempt) -> list[tuple[str, str]]:
    own = {"tenant": attempt.tenant_id, "intent": attempt.intent, "queue": attempt.queue}
    return [
        ("all", "all"),
        *((kind, value or "unknown") for kind, value in own.items()),
        *((kind, "unknown") for kind in _UNATTRIBUTED_UNKNOWN),
    ]


def build_cells(attempts: Sequence[Attempt], cases: Mapping[str, Case]) -> dict[Key, Cell]:
    """A cell for any attempt of a case, unattributed support spend, a handled case resolved, or
    the opening of a case with attempts.
    """
    cells: defaultdict[Key, Cell] = defaultdict(Cell)
    for case in cases.values():
        segments = case.segments()
        for attempt in case.attempts:
            for period in periods(attempt.request_date):
                for segment in segments:
                    cell = cells[(*period, *segment)]
                    cell.ticket_cost.add(attempt.cost_usd)
                    cell.active[case.case_id] = case
        if case.is_handled and case.is_resolved and case.resolved_at is not None:
            for period in periods(case.resolved_at.date()):
                for segment in segments:
                    cells[(*period, *segment)].resolved[case.case_id] = case
        if case.attempts and case.cohort_at is not None:
            for period in periods(case.cohort_at.date()):
                for segment in segments:
                    cells[(*period, *segment)].opened[case.case_id] = case
    for attempt in attempts:
        if is_unattributed_support(attempt):
            for period in periods(attempt.request_date):
                for segment in _unattributed_segments(attempt):
                    cells[(*period, *segment)].unattributed_cost.add(attempt.cost_usd)
    return dict(cells)


def _lifetime_cost(cases: Iterable[Case]) -> Decimal | None:
    return cost_sum(attempt.cost_usd for case in cases for attempt in case.attempts).value


def _handled(cases: Mapping[str, Case]) -> list[Case]:
    return [case for case in cases.values() if case.is_handled]


def resolved_record(
    key: Key, cell: Cell, definition: OutcomeDefinition, as_of: datetime | None
) -> dict[str, Any]:
    """Three views of cost per outcome, each a named column: period, cost to resolve, cohort."""
    grain, start = key[:2]
    ticket_cost, unattributed = cell.ticket_cost.value, cell.unattributed_cost.value
    handled = len(_handled(cell.active))
    resolved = _handled(cell.resolved)
    to_resolve = _lifetime_cost(resolved)
    cohort_cost = _lifetime_cost(cell.opened.values())
    cohort_resolved = sum(case.is_resolved for case in _handled(cell.opened))
    ends = datetime.combine(period_end(grain, start), time())
    mature = as_of is not None and as_of >= ends + definition.inactivity + definition.maturity
    return {
        **_key_columns(key),
        "ticket_cost_usd": ticket_cost,
        "unattributed_cost_usd": unattributed,
        "handled_tickets": handled,
        "resolved_tickets": len(resolved),
        "cost_per_handled_usd": ratio(ticket_cost, handled),
        "cost_per_resolved_usd": ratio(ticket_cost, len(resolved)),
        # What is not known of the unattributed spend adds nothing, and is counted.
        "cost_per_resolved_fully_loaded_usd": ratio(
            add(ticket_cost, unattributed or ZERO), len(resolved)
        ),
        "cost_to_resolve_usd": to_resolve,
        "cost_to_resolve_per_resolved_usd": ratio(to_resolve, len(resolved)),
        "cohort_tickets": len(_handled(cell.opened)),
        "cohort_cost_usd": cohort_cost,
        "cohort_resolved_tickets": cohort_resolved,
        "cohort_is_mature": mature,
        "cohort_cost_per_resolved_usd": ratio(cohort_cost, cohort_resolved) if mature else None,
        "unpriced_attempts": cell.ticket_cost.unknown,
        "unattributed_unpriced_attempts": cell.unattributed_cost.unknown,
    }


def _key_columns(key: Key) -> dict[str, Any]:
    return dict(
        zip(("period_grain", "period_start", "segment_type", "segment_value"), key, strict=True)
    )


def deflection_record(key: Key, cell: Cell, intents: Mapping[str, Intent]) -> dict[str, Any]:
    """Deflections, escalations avoided and minutes saved; what is not demonstrated is NULL."""
    ticket_cost = cell.ticket_cost.value
    resolved = _handled(cell.resolved)
    handled = _handled(cell.active)
    deflected = sum(case.is_deflected is True for case in resolved)
    avoided = escalations_avoided(handled, intents)
    minutes, unknown_minutes = minutes_saved(
        [case for case in handled if case.is_resolved], intents
    )
    at_stake = [case for case in handled if case.outcome in ("pending", "reopened", "negative")]
    return {
        **_key_columns(key),
        "deflected_tickets": deflected,
        "unknown_deflections": sum(case.is_deflected is None for case in resolved),
        "cost_per_deflection_usd": ratio(ticket_cost, deflected),
        "expected_escalations": expected_escalations(handled, intents),
        "escalations_avoided": avoided,
        "cost_per_escalation_avoided_usd": ratio(ticket_cost, avoided),
        "minutes_saved": minutes,
        "minutes_saved_per_handled": ratio(minutes, len(handled)),
        "minutes_at_stake": minutes_saved(at_stake, intents)[0],
        "unknown_minutes_tickets": unknown_minutes,
    }


def escalations_avoided(handled: Sequence[Case], intents: Mapping[str, Intent]) -> Decimal | None:
    """Sum over intents of cases with a reply of the bot x baseline rate - transferred cases.

    NULL where that is not positive.
    """
    total = Decimal(0)
    for case in handled:
        assumption = intents.get(case.intent or "")
        if case.is_transferred is None or not case.has_bot_reply or assumption is None:
            continue
        if assumption.baseline_escalation_rate is not None:
            total = EXACT.add(total, assumption.baseline_escalation_rate - case.is_transferred)
    return total if total > 0 else None


def expected_escalations(handled: Sequence[Case], intents: Mapping[str, Intent]) -> Decimal:
    """Sum of the baseline rates of the cases that have one; 0 over no case."""
    total = Decimal(0)
    for case in handled:
        assumption = intents.get(case.intent or "")
        known = case.has_bot_reply and case.is_transferred is not None
        if known and assumption is not None:
            total = EXACT.add(total, assumption.baseline_escalation_rate or Decimal(0))
    return total


def minutes_saved(handled: Sequence[Case], intents: Mapping[str, Intent]) -> tuple[Decimal, int]:
    """Human minutes not spent, and the partially automated cases whose handle time is unknown."""
    total, unknown = Decimal(0), 0
    for case in handled:
        assumption = intents.get(case.intent or "")
        human = None if assumption is None else assumption.human_handle_minutes
        spent = case.ticket.handle_minutes if case.ticket else None
        if case.automation_class == "partially_automated":
            unknown += spent is None
        if human is None:
            continue
        if case.automation_class == "fully_automated":
            total = EXACT.add(total, human)
        elif case.automation_class == "partially_automated" and spent is not None:
            total = EXACT.add(total, max(Decimal(0), human - spent))
    return total, unknown


def bridge_category(case: Case, grain: str, start: date) -> str:
    """Where a case's spend dated in a period belongs.

    Of a resolved case without a date nobody knows which period it is of.
    """
    if case.outcome in RESOLVED:
        if case.resolved_at is None:
            return "unknown_outcome"
        is_here = period_start(grain, case.resolved_at.date()) == start
        return "resolved_in_period" if is_here else "resolved_in_other_period"
    if case.outcome in ("pending", "reopened"):
        return "pending"
    return "unknown_outcome" if case.outcome == "unknown" else "closed_without_success"


def bridge_records(attempts: Sequence[Attempt], cases: Mapping[str, Case]) -> list[dict[str, Any]]:
    """Every category of every period with any spend of cases or unattributed support."""
    sums: defaultdict[tuple[str, date], dict[str, CostSum]] = defaultdict(
        lambda: {category: CostSum() for category in BRIDGE_CATEGORIES}
    )
    for case in cases.values():
        for attempt in case.attempts:
            for grain, start in periods(attempt.request_date):
                sums[(grain, start)][bridge_category(case, grain, start)].add(attempt.cost_usd)
    for attempt in attempts:
        if is_unattributed_support(attempt):
            for grain, start in periods(attempt.request_date):
                sums[(grain, start)]["unattributed"].add(attempt.cost_usd)
    return [
        {
            "period_grain": grain,
            "period_start": start,
            "category": category,
            "cost_usd": total.value,
        }
        for (grain, start), categories in sorted(sums.items())
        for category, total in categories.items()
    ]
