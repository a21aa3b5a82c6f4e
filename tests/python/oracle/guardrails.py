"""Whether guardrails hold, and whose alerts are whose: DECISIONS.md, Incidents and guardrails."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from .attempts import Attempt
from .operations import Limits, over_tier, price_book_names
from .pricing import model_tier
from .reference import Reference

Row = dict[str, Any]
WEEK: Final = timedelta(days=7)


def rows_of(folder: Path, seed: str) -> list[dict[str, str | None]]:
    with (folder / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(lines)]


@dataclass(frozen=True)
class Numbers:
    """A number of a week: how it stands, what it lacks, and what one of that may add."""

    numerator: Decimal | int | None
    denominator: Decimal | int
    not_counted: int = 0
    each: float | None = 0.0

    @property
    def value(self) -> float | None:
        if self.numerator is None or not self.denominator:
            return None
        return float(self.numerator) / float(self.denominator)

    @property
    def value_at_most(self) -> float | None:
        if self.value is None or not self.not_counted:
            return self.value
        if self.each is None:
            return None
        return self.value + self.not_counted * self.each / float(self.denominator)


@dataclass(frozen=True)
class Told:
    """What guardrails are judged by."""

    attempts: Sequence[Attempt]  # reportable ones
    reference: Reference
    limits: Limits
    first_day: date
    as_of: datetime


def known(values: Iterable[Decimal | int | None]) -> Decimal | int | None:
    given = [value for value in values if value is not None]
    return sum(given) if given else None


def dearest(
    attempts: Sequence[Attempt],
    key: Callable[[Attempt], object],
    sum_of: Callable[[Sequence[Attempt]], Decimal | int | None],
    lacks: Callable[[Attempt], bool],
) -> float | None:
    """The highest mean of an attempt among those that are alike."""
    groups: defaultdict[object, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        groups[key(attempt)].append(attempt)
    means = []
    for members in groups.values():
        total, counted = sum_of(members), sum(not lacks(attempt) for attempt in members)
        if total is not None and counted:
            means.append(float(total) / counted)
    return max(means, default=None)


def is_unpriced(attempt: Attempt) -> bool:
    return attempt.cost_usd is None


def is_unobserved(attempt: Attempt) -> bool:
    names = ("input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens")
    return all(attempt.tokens[name] is None for name in names)


def is_unattributed(attempt: Attempt) -> bool:
    return attempt.workflow_id is None


def cost_of(attempts: Sequence[Attempt]) -> Decimal | int | None:
    return known(attempt.cost_usd for attempt in attempts)


def numbers_of(
    metric: str, scope_value: str, scoped: list[Attempt], everybody: list[Attempt], told: Told
) -> Numbers:
    """A metric over the attempts of its scope in a week; of a share, everybody is the whole."""

    def alike(attempt: Attempt) -> object:
        return (
            *(attempt.use_case, attempt.endpoint_tag, attempt.stage, attempt.prompt_version),
            *price_book_names(attempt, told.reference),
            model_tier(told.reference, attempt.provider, attempt.model),
        )

    requests = [attempt for attempt in scoped if attempt.attempt_index == 1]
    if metric == "cost_per_request":
        lacking = sum(map(is_unpriced, scoped))
        each = dearest(scoped, alike, cost_of, is_unpriced)
        return Numbers(cost_of(scoped), len(requests), lacking, each)
    if metric in ("input_tokens_per_request", "output_tokens_per_request"):
        field = metric.removesuffix("_per_request")

        def tokens(attempts: Sequence[Attempt]) -> Decimal | int | None:
            return known(attempt.tokens[field] for attempt in attempts)

        lacking = sum(map(is_unobserved, scoped))
        each = dearest(scoped, alike, tokens, is_unobserved)
        return Numbers(tokens(scoped), len(requests), lacking, each)
    if metric == "retry_ratio":
        return Numbers(len(scoped) - len(requests), len(requests))
    if metric == "error_ratio":
        failed = sum(attempt.status == "error" for attempt in scoped)
        return Numbers(failed, len(scoped), sum(a.status == "unknown" for a in scoped), 1.0)
    if metric == "output_cap_breach_share":
        caps = told.limits.output_caps
        pairs = [
            (output, cap)
            for attempt in scoped
            if (output := attempt.tokens["output_tokens"]) is not None
            and (cap := caps.get(attempt.endpoint_tag or "")) is not None
        ]
        over = sum(output > cap for output, cap in pairs)
        return Numbers(over, len(pairs), sum(map(is_unobserved, scoped)), 1.0)
    if metric == "over_tier_share":
        over = sum(over_tier(a, told.reference, told.limits) is True for a in scoped)
        untiered = sum(model_tier(told.reference, a.provider, a.model) is None for a in scoped)
        return Numbers(over, len(scoped), untiered, 1.0)
    if metric == "unknown_user_share":
        return Numbers(sum(attempt.tenant_id is None for attempt in requests), len(requests))
    if metric == "unpriced_share":
        return Numbers(sum(map(is_unpriced, scoped)), len(scoped))
    if metric == "tenant_share":
        own = [a for a in everybody if (a.tenant_id or "unknown") == scope_value]
        tenant: Callable[[Attempt], object] = lambda attempt: attempt.tenant_id  # noqa: E731
        return Numbers(
            cost_of(own) or 0,
            cost_of(everybody) or 0,
            sum(map(is_unpriced, own)),
            dearest(everybody, tenant, cost_of, is_unpriced),
        )
    if metric == "unattributed_share":
        loose = list(filter(is_unattributed, scoped))
        return Numbers(
            cost_of(loose) or 0,
            cost_of(scoped) or 0,
            sum(map(is_unpriced, loose)),
            dearest(scoped, lambda a: (a.use_case, a.sent_kind), cost_of, is_unpriced),
        )
    raise NotImplementedError(metric)


def in_scope(scope_type: str, scope_value: str, attempt: Attempt) -> bool:
    endpoint = attempt.endpoint_tag or "unknown"
    return {
        "workspace": "all",
        "use_case": attempt.use_case or "unknown",
        "endpoint": endpoint,
        "prompt_version": f"{endpoint} / {attempt.prompt_version or 'unknown'}",
        "tenant": scope_value,
    }[scope_type] == scope_value


def guardrail_status(guardrails: Iterable[Mapping[str, str | None]], told: Told) -> list[Row]:
    """One row a guardrail and week that began in force."""
    by_week: defaultdict[date, list[Attempt]] = defaultdict(list)
    for attempt in told.attempts:
        day = attempt.request_date
        by_week[day - timedelta(days=day.weekday())].append(attempt)
    first = told.first_day - timedelta(days=told.first_day.weekday())
    rows = []
    for guardrail in guardrails:
        name, metric = guardrail["guardrail_id"], guardrail["metric"] or ""
        scope_type, scope_value = guardrail["scope_type"] or "", guardrail["scope_value"] or ""
        since, limit = guardrail["since"], float(guardrail["limit_value"] or 0)
        week = first
        while week <= told.as_of.date():
            if since is not None and date.fromisoformat(since) <= week:
                everybody = by_week[week]
                scoped = [one for one in everybody if in_scope(scope_type, scope_value, one)]
                numbers = numbers_of(metric, scope_value, scoped, everybody, told)
                is_over = told.as_of >= datetime.combine(week + WEEK, time.min)
                holds, reason = judged(numbers, guardrail["direction"] or "", limit, is_over)
                rows.append(
                    {
                        "guardrail_id": name,
                        "period_start": week,
                        "value": numbers.value,
                        "value_at_most": numbers.value_at_most,
                        "not_counted": numbers.not_counted,
                        "holds": holds,
                        "reason": reason,
                    }
                )
            week += WEEK
    return rows


def judged(
    numbers: Numbers, direction: str, limit: float, is_over: bool
) -> tuple[bool | None, str | None]:
    """What is not counted can only make a number larger."""
    if not is_over:
        return None, "week_not_over"
    value, most = numbers.value, numbers.value_at_most
    if value is None:
        return None, "no_value"
    if direction == "at_most":
        if value > limit:
            return False, None
        if most is not None and most <= limit:
            return True, None
    elif value >= limit:
        return True, None
    elif most is not None and most < limit:
        return False, None
    return None, "not_counted"


def incident_of(
    alert: Mapping[str, Any], incidents: Iterable[Mapping[str, str | None]], as_of: datetime
) -> str | None:
    """The earliest incident that was open for the kind of an alert and its scope or driver."""
    scopes = {(alert["scope_type"], alert["scope_value"])}
    for scope_type, column in (
        ("use_case", "use_case"),
        ("endpoint", "endpoint_tag"),
        ("tenant", "driver_tenant_id"),
    ):
        scopes.add((scope_type, alert[column]))
    if alert["endpoint_tag"] and alert["prompt_version"]:
        scopes.add(("prompt_version", f"{alert['endpoint_tag']} / {alert['prompt_version']}"))
    covering = []
    for incident in incidents:
        started, closed = incident["started_on"] or "", incident["closed_on"]
        if closed is not None and date.fromisoformat(closed) > as_of.date():
            closed = None
        kinds = (incident["alert_kinds"] or "").split()
        if (
            date.fromisoformat(started) <= as_of.date()
            and started <= str(alert["opened_on"]) <= (closed or "9")
            and (not kinds or alert["alert_kind"] in kinds)
            and (incident["scope_type"], incident["scope_value"]) in scopes
        ):
            covering.append((started, incident["incident_id"]))
    return min(covering)[1] if covering else None
