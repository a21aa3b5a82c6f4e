"""Whether budgets hold, day by day (DECISIONS.md, "Budgets"), over exact fractions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final

from .attempts import Attempt, Version
from .fields import to_money
from .money import CostSum
from .reference import Budget, Reference

DAY: Final = timedelta(days=1)
WARNING: Final = Fraction(80, 100)
ALERT: Final = Fraction(110, 100)
BURNS: Final = ((1, Fraction(3)), (3, Fraction(2)), (7, Fraction(3, 2)))
REASONS: Final = (
    *("actual_at_amount", *(f"burn_{days}d" for days, _ in BURNS), "forecast_at_alert"),
    *("actual_at_warning", "forecast_at_amount"),
    *("within_amount_as_far_as_known", "within_amount"),
)
MEASURES: Final = ("usd", "tokens")
# Student's t, two sides of 10 %, by degrees of freedom from 1.
T_80: Final = (
    *(3.0777, 1.8856, 1.6377, 1.5332, 1.4759, 1.4398, 1.4149, 1.3968, 1.3830, 1.3722),
    *(1.3634, 1.3562, 1.3502, 1.3450, 1.3406, 1.3368, 1.3334, 1.3304, 1.3277, 1.3253),
    *(1.3232, 1.3212, 1.3195, 1.3178, 1.3163, 1.3150, 1.3137, 1.3125, 1.3114, 1.3104),
)


@dataclass
class Day:
    """What counts for a budget on one UTC day."""

    attempts: int = 0
    cost: CostSum = field(default_factory=CostSum)
    tokens: int = 0
    uncounted: int = 0

    def add(self, attempt: Attempt, times: int = 1) -> None:
        """Count an attempt in, or (-1) out again."""
        self.attempts += times
        (self.cost.add if times > 0 else self.cost.take_off)(attempt.cost_usd)
        counts = [attempt.tokens["input_tokens"], attempt.tokens["output_tokens"]]
        self.tokens += times * sum(count for count in counts if count is not None)
        if None in counts and attempt.cost_source != "cache_hit":
            self.uncounted += times

    def counted(self, measure: str) -> Fraction:
        return Fraction(self.cost.known_total if measure == "usd" else self.tokens)

    def not_counted(self, measure: str) -> int:
        return self.cost.unknown if measure == "usd" else self.uncounted


@dataclass
class Reach:
    """The days that telemetry reaches, and the moment that the reports speak for."""

    first: date
    last: date
    as_of: datetime

    def is_over(self, day: date) -> bool:
        """As known, a day of which nothing had come may have been silent or late."""
        return day <= self.last and self.as_of >= datetime.combine(day + DAY, time.min)


@dataclass
class Outlook:
    """One measure of a budget at the end of a day."""

    amount: Fraction
    actual: Fraction
    not_counted: int
    is_lower_bound: bool
    burns: dict[int, Fraction | None]
    method: str | None
    forecast: Fraction | None
    low: float | None
    high: float | None
    crossing: date | None
    earliest: date | None
    latest: date | None

    @property
    def verdict(self) -> tuple[str, str]:
        """State and reason: the first rule that holds."""
        if self.actual >= self.amount:
            return "exceeded", "actual_at_amount"
        latest = self.burns[1]
        for days, limit in BURNS:
            burn = self.burns[days]
            if burn is not None and latest is not None and min(burn, latest) >= limit:
                return "spend_alert", f"burn_{days}d"
        if self.forecast is not None and self.forecast >= self.amount * ALERT:
            return "spend_alert", "forecast_at_alert"
        if self.actual >= self.amount * WARNING:
            return "warning", "actual_at_warning"
        if self.forecast is not None and self.forecast >= self.amount:
            return "warning", "forecast_at_amount"
        if self.is_lower_bound:
            return "ok", "within_amount_as_far_as_known"
        return "ok", "within_amount"


def budget_records(
    attempts: Sequence[Attempt],
    versions: Sequence[Version],
    reference: Reference,
    as_of: datetime | None,
) -> Iterator[dict[str, Any]]:
    """One record a budget and day."""
    if not attempts or as_of is None:
        return
    dates = [attempt.request_date for attempt in attempts]
    reach = Reach(min(dates), min(max(dates), as_of.date()), as_of)
    for budget_id in sorted({budget.budget_id for budget in reference.budgets}):
        rows = [budget for budget in reference.budgets if budget.budget_id == budget_id]
        yield from _of_budget(rows, attempts, versions, reference, reach)


def _days(first: date, last: date) -> list[date]:
    return [first + DAY * number for number in range((last - first).days + 1)]


def _of_budget(
    rows: list[Budget],
    attempts: Sequence[Attempt],
    versions: Sequence[Version],
    reference: Reference,
    reach: Reach,
) -> Iterator[dict[str, Any]]:
    counts = {day: Day() for day in _days(reach.first, reach.last)}
    for attempt in attempts:
        counted = attempt.is_reportable and attempt.request_date in counts
        if counted and _in_scope(rows[0], attempt, reference):
            counts[attempt.request_date].add(attempt)
    for day, known in zip(counts, _as_known(rows[0], versions, reference, reach), strict=True):
        start, end = period_of(rows[0].period, day)
        held = [row for row in rows if row.effective_from <= start]
        if held:
            row = max(held, key=lambda each: each.effective_from)
            amounts = _amounts(row, start, end, reference)
            judged = _judge(amounts, day, (start, end), counts, reach)
            told = _judge(amounts, day, (start, end), *known) if known else None
            yield _record(row, day, (start, end), amounts, judged) | _told(told)


def _as_known(
    budget: Budget, versions: Sequence[Version], reference: Reference, reach: Reach
) -> Iterator[tuple[dict[date, Day], Reach] | None]:
    """Of each day what had come by its end, from the first date of which anything had; None where
    nobody could tell.
    """
    changes: defaultdict[date, list[tuple[Version, int]]] = defaultdict(list)
    for version in versions:
        changes[version.known_on].append((version, 1))
        if version.replaced_on is not None:
            changes[version.replaced_on].append((version, -1))
    counts: defaultdict[date, Day] = defaultdict(Day)
    heard_of: set[date] = set()
    for day in _days(reach.first, reach.last):
        for version, times in changes[day]:
            attempt = version.attempt
            heard_of.add(attempt.request_date)
            if attempt.is_reportable and _in_scope(budget, attempt, reference):
                counts[attempt.request_date].add(attempt, times)
        if not heard_of or max(heard_of) < day - DAY:
            yield None
        else:
            known = {each: counts[each] for each in _days(min(heard_of), day)}
            yield known, Reach(min(heard_of), max(heard_of), reach.as_of)


def _in_scope(budget: Budget, attempt: Attempt, reference: Reference) -> bool:
    value = {
        "workspace": "all",
        "use_case": attempt.use_case,
        "endpoint": attempt.endpoint_tag,
        "tenant": attempt.tenant_id,
        "intent": attempt.intent,
    }[budget.scope_type]
    if value != budget.scope_value:
        return False
    if budget.risk_level is None:
        return True
    if attempt.intent in reference.intent_risks:
        return reference.intent_risks[attempt.intent] == budget.risk_level
    return reference.endpoint_risks.get(attempt.endpoint_tag or "") == budget.risk_level


def period_of(period: str, day: date) -> tuple[date, date]:
    """The first day of a period, and the first one after it."""
    if period == "daily":
        return day, day + DAY
    if period == "weekly":
        monday = day - DAY * day.weekday()
        return monday, monday + 7 * DAY
    first = day.replace(day=1)
    return first, (first + 32 * DAY).replace(day=1)


def _factor(budget: Budget, start: date, end: date, reference: Reference) -> Fraction:
    days = [start + DAY * number for number in range((end - start).days)]
    factors = [
        next(
            (
                Fraction(window.amount_factor)
                for window in reference.peak_windows
                if (window.scope_type, window.scope_value)
                == (budget.scope_type, budget.scope_value)
                and window.starts_on <= day <= window.ends_on
            ),
            Fraction(1),
        )
        for day in days
    ]
    return sum(factors, Fraction(0)) / len(days)


def _decimal(value: Fraction, places: str) -> Decimal:
    exact = Decimal(value.numerator * 10**30 // value.denominator) / Decimal(10**30)
    return exact.quantize(Decimal(places), rounding=ROUND_HALF_UP)


def _money(value: Fraction | None) -> Decimal | None:
    return None if value is None else to_money(_decimal(value, "0.000000000001"))


def _whole(value: Fraction | None) -> int | None:
    return None if value is None else math.floor(value + Fraction(1, 2))


def _outlook(
    measure: str,
    amount: Fraction,
    day: date,
    start: date,
    end: date,
    counts: dict[date, Day],
    reach: Reach,
) -> Outlook:
    of: Callable[[date], Fraction] = lambda each: counts[each].counted(measure)  # noqa: E731
    spent = [each for each in counts if start <= each <= day]
    actual = sum(map(of, spent), Fraction(0))
    is_over = reach.is_over(day)
    newest = day if is_over else day - DAY  # the newest day that says something of others
    history = [each for each in counts if each <= newest]
    to_come = [newest + DAY * number for number in range(1, (end - newest - DAY).days + 1)]
    not_counted = sum(counts[each].not_counted(measure) for each in spent)

    # What each day to come is expected to be, and the variance of a day.
    rounded = {each: Fraction(_decimal(of(each), "0.000001")) for each in history}
    method: str | None = None
    mean_of: dict[date, Fraction] = {}
    variance: float | None = None
    degrees = 0
    if len(history) >= 28:
        method, degrees = "seasonal", 21
        weeks = {
            weekday: [each for each in history[-28:] if each.weekday() == weekday]
            for weekday in range(7)
        }
        means = {
            w: sum((rounded[each] for each in days), Fraction(0)) / 4 for w, days in weeks.items()
        }
        mean_of = {each: means[each.weekday()] for each in to_come}
        squares = sum((rounded[each] - means[each.weekday()]) ** 2 for each in history[-28:])
        variance = float(squares / 21)
    else:
        complete = [each for each in spent if each in rounded]
        if complete:
            method, degrees = "linear", len(complete) - 1
            mean = sum((rounded[each] for each in complete), Fraction(0)) / len(complete)
            mean_of = dict.fromkeys(to_come, mean)
            if degrees:
                squares = sum(((rounded[each] - mean) ** 2 for each in complete), Fraction(0))
                variance = float(squares / degrees)

    path, low, high = [(day, actual)], [float(actual)], [float(actual)]
    for number, ahead in enumerate(to_come, 1):
        if not method:
            break
        expected = sum((mean_of[each] for each in to_come[:number]), Fraction(0))
        expected = Fraction(_money(expected) or 0)
        if not is_over:
            expected -= min(of(day), Fraction(_money(mean_of[day]) or 0))
        path.append((ahead, actual + expected))
        if variance is not None:
            if method == "seasonal":
                weekdays = [each.weekday() for each in to_come[:number]]
                of_means = sum(weekdays.count(w) ** 2 for w in range(7)) / 4
            else:
                of_means = number**2 / (degrees + 1)
            half = T_80[degrees - 1] * math.sqrt(variance * (number + of_means))
            low.append(max(float(actual), float(actual + expected) - half))
            high.append(float(actual + expected) + half)

    is_known = len(path) == len(to_come) + 1
    has_interval = len(low) == len(to_come) + 1
    running = Fraction(0)
    reached = None
    for each in spent:
        running += of(each)
        if reached is None and running >= amount:
            reached = each
    limit = float(amount)
    burns: dict[int, Fraction | None] = {}
    for days, _ in BURNS:
        windows = [
            [last - DAY * back for back in range(days)]
            for last in ([day] if is_over else [day, day - DAY])
        ]
        totals = [
            sum(map(of, window), Fraction(0))
            for window in windows
            if all(each in counts for each in window)
        ]
        length = Fraction((end - start).days, days)
        burns[days] = max(totals) / amount * length if totals else None
    in_mean = history[-28:]
    return Outlook(
        amount,
        actual,
        not_counted,
        not_counted > 0
        or reach.first > start
        or (bool(to_come) and any(counts[each].not_counted(measure) for each in in_mean)),
        burns,
        method,
        path[-1][1] if is_known else None,
        low[-1] if has_interval else None,
        high[-1] if has_interval else None,
        reached or next((when for when, value in path if value >= amount), None),
        reached or _first(path, high, limit),
        reached or _first(path, low, limit),
    )


def _first(path: list[tuple[date, Fraction]], bound: list[float], limit: float) -> date | None:
    return next(
        (when for (when, _), value in zip(path, bound, strict=False) if value >= limit), None
    )


def _amounts(
    row: Budget, start: date, end: date, reference: Reference
) -> dict[str, Decimal | int | None]:
    factor = _factor(row, start, end, reference)
    return {
        "usd": None if row.amount_usd is None else _money(Fraction(row.amount_usd) * factor),
        "tokens": None if row.amount_tokens is None else _whole(row.amount_tokens * factor),
    }


@dataclass
class Judgement:
    """A budget on a day, by some facts."""

    outlooks: dict[str, Outlook]
    attempts: int
    is_over: bool

    @property
    def decided_by(self) -> str:
        """The graver measure; dollars where both are alike."""
        return min(
            self.outlooks, key=lambda measure: REASONS.index(self.outlooks[measure].verdict[1])
        )

    @property
    def verdict(self) -> tuple[str, str]:
        """State and reason of the measure that decides."""
        return self.outlooks[self.decided_by].verdict

    @property
    def is_lower_bound(self) -> bool:
        """Whether a measure is one."""
        return any(outlook.is_lower_bound for outlook in self.outlooks.values())

    def actual(self, measure: str) -> Decimal | int | None:
        """What is spent, as the mart shows it."""
        outlook = self.outlooks.get(measure)
        if outlook is None:
            return None
        if measure == "tokens":
            return _whole(outlook.actual)
        is_unknown = self.attempts > 0 and outlook.not_counted == self.attempts
        return None if is_unknown else _money(outlook.actual)

    def forecast(self, measure: str) -> Decimal | int | None:
        """What is expected, as the mart shows it."""
        outlook = self.outlooks.get(measure)
        shown = _money if measure == "usd" else _whole
        return shown(outlook.forecast) if outlook else None


def _judge(
    amounts: dict[str, Decimal | int | None],
    day: date,
    period: tuple[date, date],
    counts: dict[date, Day],
    reach: Reach,
) -> Judgement:
    start, end = period
    outlooks = {
        measure: _outlook(measure, Fraction(amount), day, start, end, counts, reach)
        for measure, amount in amounts.items()
        if amount is not None
    }
    attempts = sum(counts[each].attempts for each in counts if start <= each <= day)
    return Judgement(outlooks, attempts, reach.is_over(day))


def _record(
    row: Budget,
    day: date,
    period: tuple[date, date],
    amounts: dict[str, Decimal | int | None],
    judged: Judgement,
) -> dict[str, Any]:
    state, reason = judged.verdict
    outlooks = judged.outlooks
    record: dict[str, Any] = {
        "budget_id": row.budget_id,
        "status_date": day,
        "period_start": period[0],
        "period_end": period[1],
        "state_now": state,
        "reason": reason,
        "decided_by": judged.decided_by,
        "is_lower_bound": judged.is_lower_bound,
        "attempts": judged.attempts,
        "amount_usd": amounts["usd"],
        "amount_tokens": amounts["tokens"],
        "forecast_method": next(iter(outlooks.values())).method,
        "owner": row.owner,
        "is_day_over": judged.is_over,
    }
    for measure, burn in (("usd", "burn"), ("tokens", "token_burn")):
        outlook = outlooks.get(measure)
        for days, _ in BURNS:
            value = outlook.burns[days] if outlook else None
            record[f"{burn}_{days}d"] = None if value is None else float(value)
        record[f"actual_{measure}"] = judged.actual(measure)
        record[f"forecast_{measure}"] = judged.forecast(measure)
        record[f"forecast_low_{measure}"] = outlook.low if outlook else None
        record[f"forecast_high_{measure}"] = outlook.high if outlook else None
        prefix = "" if measure == "usd" else "token_"
        record[f"{prefix}crossing_on"] = outlook.crossing if outlook else None
        record[f"{prefix}crossing_earliest"] = outlook.earliest if outlook else None
        record[f"{prefix}crossing_latest"] = outlook.latest if outlook else None
    usd, tokens = outlooks.get("usd"), outlooks.get("tokens")
    record["unpriced_attempts"] = usd.not_counted if usd else None
    record["uncounted_attempts"] = tokens.not_counted if tokens else None
    return record


def _told(judged: Judgement | None) -> dict[str, Any]:
    state, reason = judged.verdict if judged else (None, None)
    return {
        "state_as_known": state,
        "reason_as_known": reason,
        "decided_by_as_known": judged and judged.decided_by,
        "is_lower_bound_as_known": judged and judged.is_lower_bound,
        **{
            f"{what}_as_known_{measure}": judged and getattr(judged, what)(measure)
            for what in ("actual", "forecast")
            for measure in MEASURES
        },
    }
