"""What engineers look at, again: endpoint economics, percentiles, tiers, cost per success, bursts.

Follows DECISIONS.md, not the models: plain loops over attempts, exact decimals, and no rollups.
"""

from __future__ import annotations

import csv
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from .attempts import Attempt
from .cases import Workflow
from .fields import parse_int, word
from .money import CostSum, ratio
from .pricing import meant, model_tier, price_row
from .reference import Reference
from .unit_economics import period_start

Row = dict[str, Any]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """What owners allow: caps by canonical tag, tiers by intent and by endpoint, ranks of tiers."""

    output_caps: Mapping[str, int]
    stages: Mapping[str, tuple[str | None, str | None]]
    intent_tiers: Mapping[str, tuple[str | None, str | None]]
    endpoint_tiers: Mapping[str, tuple[str, str | None]]
    ranks: Mapping[str, int]


def load_limits(folder: Path) -> Limits:
    """Read them from the reference CSVs."""

    def rows(name: str) -> list[dict[str, str]]:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    own = [row for row in rows("endpoint_taxonomy") if row["tag"] == row["canonical_tag"]]
    ranks: dict[str, int] = {}
    for row in rows("model_tiers"):
        rank = int(row["tier_rank"])
        ranks[row["model_tier"]] = min(rank, ranks.get(row["model_tier"], rank))
    risks = {word(row["risk_level"]): word(row["max_model_tier"]) for row in rows("risk_levels")}
    return Limits(
        {row["tag"]: cap for row in own if (cap := parse_int(row["output_token_cap"])) is not None},
        {row["tag"]: (row["use_case"], row["stage"]) for row in own},
        {
            row["intent"]: (word(row["risk_level"]), word(row["max_model_tier"]))
            for row in rows("intents")
        },
        {
            row["tag"]: (risk, risks.get(risk))
            for row in own
            if (risk := word(row["risk_level"])) is not None
        },
        ranks,
    )


def known_sum(values: Iterable[int | None]) -> int | None:
    """Nothing known is unknown."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def share(part: float | Decimal | None, whole: float | Decimal | None) -> float | None:
    """A ratio as a float; nothing to divide by is unknown."""
    return None if part is None or not whole else float(part) / float(whole)


def cost(attempts: Iterable[Attempt]) -> Decimal | None:
    """The sum of known costs of at least one attempt."""
    total = CostSum()
    for attempt in attempts:
        total.add(attempt.cost_usd)
    return total.value


def waste(attempts: Iterable[Attempt]) -> Decimal | None:
    """The part of it that came to nothing."""
    total = CostSum()
    for attempt in attempts:
        total.add(attempt.waste_cost_usd)
    return total.value


def both(one: int | None, other: int | None) -> int | None:
    """Input and output together."""
    return known_sum((one, other))


def tokens(attempt: Attempt) -> int | None:
    """Input and output tokens of an attempt."""
    return both(attempt.tokens["input_tokens"], attempt.tokens["output_tokens"])


def price_book_names(attempt: Attempt, reference: Reference) -> tuple[str | None, str | None]:
    """The provider and the model that a price applies to, else those that were sent."""
    found = price_row(
        reference,
        attempt.provider,
        attempt.model,
        attempt.service_tier,
        attempt.request_date,
        attempt.tokens["input_tokens"] or 0,
    )
    names = meant(reference, attempt.provider, attempt.model)
    return (attempt.provider, attempt.model) if found is None or names is None else names


def unpriced(attempts: Iterable[Attempt]) -> int:
    """How many costs are unknown."""
    return sum(attempt.cost_usd is None for attempt in attempts)


def is_end(attempt: Attempt) -> bool:
    """A success that ends its request."""
    return attempt.is_final and attempt.status == "success"


def grouped(
    attempts: Iterable[Attempt], key: Callable[[Attempt], tuple[Any, ...]]
) -> dict[tuple[Any, ...], list[Attempt]]:
    """Attempts by period (day, week, month) and key."""
    groups: defaultdict[tuple[Any, ...], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        rest = key(attempt)
        for grain in ("day", "week", "month"):
            groups[(grain, period_start(grain, attempt.request_date), *rest)].append(attempt)
    return dict(groups)


ECONOMICS_KEYS = (
    "period_grain", "period_start", "use_case", "endpoint_tag", "stage", "provider", "model",
    "model_tier", "prompt_version",
)  # fmt: skip


def endpoint_economics(
    attempts: Sequence[Attempt], reference: Reference, limits: Limits
) -> list[Row]:
    """One row a period, endpoint, stage, model and version."""

    def key(attempt: Attempt) -> tuple[Any, ...]:
        values = (
            attempt.use_case,
            attempt.endpoint_tag,
            attempt.stage,
            *price_book_names(attempt, reference),
            model_tier(reference, attempt.provider, attempt.model),
            attempt.prompt_version,
        )
        return tuple(value or "unknown" for value in values)

    rows = []
    for values, members in grouped(attempts, key).items():
        sums = {
            name: known_sum(attempt.tokens[name] for attempt in members)
            for name in (
                "input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens",
                "reasoning_tokens",
            )
        }  # fmt: skip
        caps = [
            (attempt.tokens["output_tokens"], limits.output_caps.get(attempt.endpoint_tag or ""))
            for attempt in members
        ]
        pairs = [(out, cap) for out, cap in caps if out is not None and cap is not None]
        over = [out - cap for out, cap in pairs if out > cap]
        requests = sum(attempt.attempt_index == 1 for attempt in members)
        successes = sum(is_end(attempt) for attempt in members)
        ended = sum(attempt.is_final for attempt in members)
        failed = sum(attempt.status == "error" for attempt in members)
        spent = cost(members)
        wasted = CostSum()
        for attempt in members:
            wasted.add(attempt.waste_cost_usd)
        rows.append(
            {
                **dict(zip(ECONOMICS_KEYS, values, strict=True)),
                "requests": requests,
                "ended_requests": ended,
                "successful_requests": successes,
                "attempts": len(members),
                "retries": len(members) - requests,
                "fallbacks": sum(attempt.is_fallback for attempt in members),
                "failed_attempts": failed,
                "unknown_status_attempts": sum(a.status == "unknown" for a in members),
                "unobserved_attempts": sum(
                    all(a.tokens[name] is None for name in sums if name != "reasoning_tokens")
                    for a in members
                ),
                "output_capped_attempts": len(pairs),
                "output_cap_breaches": len(over),
                "truncated_attempts": sum(
                    (out := a.tokens["output_tokens"]) is not None
                    and (limit := a.tokens["max_output_tokens"]) is not None
                    and out >= limit
                    for a in members
                ),
                "unpriced_attempts": unpriced(members),
                **sums,
                "output_tokens_over_cap": sum(over) if over else None,
                "cost_usd": spent,
                "waste_cost_usd": wasted.value,
                "cost_per_request_usd": ratio(spent, requests),
                "cost_per_successful_request_usd": ratio(spent, successes),
                "tokens_per_successful_request": share(
                    both(sums["input_tokens"], sums["output_tokens"]), successes
                ),
                **{
                    f"{name}_per_request": share(value, requests)
                    for name, value in sums.items()
                    if name != "cache_write_tokens"
                },
                "error_ratio": share(failed, len(members)),
                "success_ratio": share(successes, ended),
                "retry_ratio": share(len(members) - requests, requests),
                "fallback_ratio": share(sum(a.is_fallback for a in members), requests),
                "waste_share": share(wasted.value, spent),
                "output_cap_breach_ratio": share(len(over), len(pairs)),
            }
        )
    return rows


def nearest_rank(values: Sequence[Any], percent: int) -> Any:
    """The smallest value that at least that many percent of the values do not exceed."""
    return sorted(values)[-(-percent * len(values) // 100) - 1] if values else None


PERCENTILE_KEYS = ("period_grain", "period_start", "endpoint_tag", "segment_type", "segment_value")


def endpoint_percentiles(attempts: Sequence[Attempt]) -> list[Row]:
    """One row a day or week, endpoint and segment, over whole requests."""
    members: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        members[attempt.request_id].append(attempt)
    cells: defaultdict[tuple[Any, ...], list[tuple[int | None, Decimal | None]]] = defaultdict(list)
    for request in members.values():
        first = next((attempt for attempt in request if attempt.attempt_index == 1), None)
        if first is None:
            continue
        used = known_sum(tokens(attempt) for attempt in request)
        spent = None if unpriced(request) else cost(request)
        for grain in ("day", "week"):
            start = period_start(grain, first.request_date)
            tag = first.endpoint_tag or "unknown"
            cells[(grain, start, tag, "all", "all")].append((used, spent))
            version = first.prompt_version or "unknown"
            cells[(grain, start, tag, "prompt_version", version)].append((used, spent))
    rows = []
    for values, sizes in cells.items():
        used_by = [used for used, _ in sizes if used is not None]
        spent_by = [spent for _, spent in sizes if spent is not None]
        row = {
            **dict(zip(PERCENTILE_KEYS, values, strict=True)),
            "requests": len(sizes),
            "requests_with_known_tokens": len(used_by),
            "requests_with_known_cost": len(spent_by),
            "max_tokens": max(used_by, default=None),
            "max_cost_usd": max(spent_by, default=None),
        }
        for percent in (50, 95, 99):
            row[f"tokens_p{percent}"] = nearest_rank(used_by, percent)
            row[f"cost_p{percent}_usd"] = nearest_rank(spent_by, percent)
        rows.append(row)
    return rows


TIER_KEYS = (
    "period_grain", "period_start", "endpoint_tag", "intent", "provider", "model", "model_tier",
)  # fmt: skip


def allowed_tier(attempt: Attempt, limits: Limits) -> tuple[str, str | None, str | None]:
    """Whose risk decides, that risk, and the highest tier: the intent's, if it is registered."""
    by_intent = limits.intent_tiers.get(attempt.intent or "")
    if by_intent is not None:
        return ("intent", *by_intent)
    return ("endpoint", *limits.endpoint_tiers.get(attempt.endpoint_tag or "", (None, None)))


def over_tier(attempt: Attempt, reference: Reference, limits: Limits) -> bool | None:
    """Whether a model is above what its work allows; unknown where that cannot be judged."""
    tier = model_tier(reference, attempt.provider, attempt.model)
    _, _, allowed = allowed_tier(attempt, limits)
    if tier is None or allowed is None or tier not in limits.ranks or allowed not in limits.ranks:
        return None
    return limits.ranks[tier] > limits.ranks[allowed]


def model_tier_breaches(
    attempts: Sequence[Attempt], reference: Reference, limits: Limits
) -> list[Row]:
    """One row a period, endpoint, intent and model above the allowed tier."""
    judged = [a for a in attempts if over_tier(a, reference, limits) is not None]
    all_of_intent = grouped(judged, lambda a: (a.endpoint_tag or "unknown", a.intent or "unknown"))
    breaches = [a for a in judged if over_tier(a, reference, limits)]

    def key(attempt: Attempt) -> tuple[Any, ...]:
        return (
            attempt.endpoint_tag or "unknown",
            attempt.intent or "unknown",
            *(name or "unknown" for name in price_book_names(attempt, reference)),
            model_tier(reference, attempt.provider, attempt.model),
        )

    rows = []
    for values, members in grouped(breaches, key).items():
        whole = all_of_intent[values[:4]]
        judge, risk, allowed = allowed_tier(members[0], limits)
        rows.append(
            {
                **dict(zip(TIER_KEYS, values, strict=True)),
                "judged_by": judge,
                "risk_level": risk,
                "max_model_tier": allowed,
                "attempts": len(members),
                "unpriced_attempts": unpriced(members),
                "cost_usd": cost(members),
                "judged_attempts": len(whole),
                "judged_cost_usd": cost(whole),
                "attempt_share": share(len(members), len(whole)),
                "cost_share": share(cost(members), cost(whole)),
            }
        )
    return rows


ENDPOINT_KEYS = ("period_grain", "period_start", "endpoint_tag")


def cost_per_successful_workflow(
    attempts: Sequence[Attempt], successes: Mapping[str, bool | None], limits: Limits
) -> list[Row]:
    """One row a period and endpoint; a workflow belongs to the day it first used the endpoint."""
    uses: defaultdict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.workflow_id is not None:
            uses[(attempt.workflow_id, attempt.endpoint_tag or "unknown")].append(attempt)
    cells: defaultdict[tuple[Any, ...], list[tuple[str, list[Attempt]]]] = defaultdict(list)
    for (workflow, tag), members in uses.items():
        started = min(attempt.request_date for attempt in members)
        for grain in ("day", "week", "month"):
            cells[(grain, period_start(grain, started), tag)].append((workflow, members))
    rows = []
    for values, flows in cells.items():
        tag = values[2]
        everything = [attempt for _, members in flows for attempt in members]
        good = sum(successes[workflow] is True for workflow, _ in flows)
        read = known_sum(a.tokens["input_tokens"] for a in everything)
        written = known_sum(a.tokens["output_tokens"] for a in everything)
        use_case, stage = limits.stages.get(tag, (None, None))
        rows.append(
            {
                **dict(zip(ENDPOINT_KEYS, values, strict=True)),
                "use_case": use_case,
                "stage": stage,
                "workflows": len(flows),
                "successful_workflows": good,
                "undecided_workflows": sum(successes[workflow] is None for workflow, _ in flows),
                "requests": sum(a.attempt_index == 1 for a in everything),
                "attempts": len(everything),
                "unpriced_attempts": unpriced(everything),
                "input_tokens": read,
                "output_tokens": written,
                "cost_usd": cost(everything),
                "cost_per_workflow_usd": ratio(cost(everything), len(flows)),
                "cost_per_successful_workflow_usd": ratio(cost(everything), good),
                "tokens_per_successful_workflow": share(both(read, written), good),
            }
        )
    return rows


FLOW_KEYS = (
    "period_grain",
    "period_start",
    "use_case",
    "flow",
    "outcome_definition",
    "audience",
)
STAGE_KEYS = (*FLOW_KEYS, "endpoint_tag", "stage")


def audience(workflow: Workflow, reference: Reference) -> str:
    """Whom it was for: the company itself, its customers, or nobody knows."""
    own = reference.own_tenants.get(workflow.tenant_id or "")
    if own or workflow.use_case in reference.own_tools:
        return "internal"
    return "unknown" if own is None else "customers"


def flow_cells(
    workflows: Iterable[Workflow], reference: Reference
) -> dict[tuple[Any, ...], list[Workflow]]:
    """Workflows by the keys of their flow, in the periods in which they began."""
    cells: defaultdict[tuple[Any, ...], list[Workflow]] = defaultdict(list)
    for one in workflows:
        began = min(attempt.request_date for attempt in one.attempts)
        rest = (one.use_case or "unknown", one.flow or "unknown", one.outcome_definition)
        for grain in ("day", "week", "month"):
            cells[(grain, period_start(grain, began), *rest, audience(one, reference))].append(one)
    return dict(cells)


def _spent(everything: Sequence[Attempt]) -> Row:
    return {
        "requests": sum(a.attempt_index == 1 for a in everything),
        "attempts": len(everything),
        "unpriced_attempts": unpriced(everything),
        "input_tokens": known_sum(a.tokens["input_tokens"] for a in everything),
        "output_tokens": known_sum(a.tokens["output_tokens"] for a in everything),
        "cost_usd": cost(everything),
    }


def _each(spent: Row, workflows: int, good: int) -> Row:
    return {
        "cost_per_workflow_usd": ratio(spent["cost_usd"], workflows),
        "cost_per_successful_workflow_usd": ratio(spent["cost_usd"], good),
        "tokens_per_successful_workflow": share(
            both(spent["input_tokens"], spent["output_tokens"]), good
        ),
    }


def use_case_economics(workflows: Iterable[Workflow], reference: Reference) -> list[Row]:
    """One row a period, flow and audience, with the lifetime cost of what began in it."""
    rows = []
    for values, flows in flow_cells(workflows, reference).items():
        everything = [attempt for one in flows for attempt in one.attempts]
        good = sum(one.is_success is True for one in flows)
        undecided = sum(one.is_success is None for one in flows)
        sent = [
            (one, one.outcome_row.is_success)
            for one in flows
            if one.case is None and one.outcome_row is not None
        ]
        spent = _spent(everything)
        rows.append(
            {
                **dict(zip(FLOW_KEYS, values, strict=True)),
                "workflows": len(flows),
                "successful_workflows": good,
                "undecided_workflows": undecided,
                "contradicted_workflows": sum(
                    said is False and one.is_success is None and one.outcome == one.primary_outcome
                    for one, said in sent
                ),
                "other_successes": sum(
                    said is True and one.is_success is False for one, said in sent
                ),
                **spent,
                "retries": sum(a.is_retry for a in everything),
                "waste_cost_usd": waste(everything),
                "success_rate": share(good, len(flows) - undecided),
                **_each(spent, len(flows), good),
            }
        )
    return rows


def use_case_stages(workflows: Iterable[Workflow], reference: Reference) -> list[Row]:
    """What each endpoint and stage took, over the successes of the whole flow."""
    rows = []
    for values, flows in flow_cells(workflows, reference).items():
        good = sum(one.is_success is True for one in flows)
        stages: defaultdict[tuple[str, str], list[tuple[str, Attempt]]] = defaultdict(list)
        for one in flows:
            for attempt in one.attempts:
                place = (attempt.endpoint_tag or "unknown", attempt.stage or "unknown")
                stages[place].append((one.workflow_id, attempt))
        for place, members in stages.items():
            there = len({workflow for workflow, _ in members})
            spent = _spent([attempt for _, attempt in members])
            rows.append(
                {
                    **dict(zip(STAGE_KEYS, (*values, *place), strict=True)),
                    "workflows": there,
                    **spent,
                    "successful_workflows": good,
                    "undecided_workflows": sum(one.is_success is None for one in flows),
                    **_each(spent, there, good),
                }
            )
    return rows


@dataclass
class BurstSettings:
    """The variables of dbt_project.yml."""

    burst_baseline_days: int = 28
    burst_min_requests: int = 30
    burst_min_retries: int = 10
    burst_min_ratio: float = 2.0
    burst_min_failure_rise: float = 0.10


@dataclass
class Traffic:
    """What an endpoint did in an hour or on a day."""

    attempts: list[Attempt] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """Begun here."""
        return sum(attempt.attempt_index == 1 for attempt in self.attempts)

    @property
    def retries(self) -> int:
        """Not begun here."""
        return len(self.attempts) - self.requests

    @property
    def ended(self) -> int:
        """Requests whose last attempt is here."""
        return sum(attempt.is_final for attempt in self.attempts)

    @property
    def successes(self) -> int:
        """Requests that ended well here."""
        return sum(is_end(attempt) for attempt in self.attempts)

    @property
    def failed(self) -> int:
        """Attempts with an error."""
        return sum(attempt.status == "error" for attempt in self.attempts)

    @property
    def strangers(self) -> list[Attempt]:
        """Attempts of users of no known tenant."""
        return [attempt for attempt in self.attempts if attempt.tenant_id is None]

    @property
    def stranger_requests(self) -> int:
        """Requests that they began."""
        return sum(attempt.attempt_index == 1 for attempt in self.strangers)

    @property
    def stranger_tokens(self) -> int:
        """What they took."""
        return known_sum(tokens(attempt) for attempt in self.strangers) or 0

    @property
    def success_ratio(self) -> float | None:
        """Of requests that ended."""
        return share(self.successes, self.ended)

    @property
    def attempts_per_request(self) -> float | None:
        """Retries of earlier requests included."""
        return share(len(self.attempts), self.requests)

    @property
    def error_ratio(self) -> float | None:
        """Of attempts."""
        return share(self.failed, len(self.attempts))


HOUR_KEYS = ("hour_start", "endpoint_tag")
BURST_KEYS = ("burst_kind", "endpoint_tag", "started_at")


def traffic_by_hour(attempts: Sequence[Attempt]) -> dict[str, dict[datetime, Traffic]]:
    """By endpoint and hour."""
    found: defaultdict[str, defaultdict[datetime, Traffic]] = defaultdict(
        lambda: defaultdict(Traffic)
    )
    for attempt in attempts:
        hour = attempt.occurred_at.replace(minute=0, second=0, microsecond=0)
        found[attempt.endpoint_tag or "unknown"][hour].attempts.append(attempt)
    return {tag: dict(hours) for tag, hours in found.items()}


def endpoint_hours(attempts: Sequence[Attempt]) -> list[Row]:
    """One row an hour and endpoint."""
    return [
        {
            "hour_start": hour,
            "endpoint_tag": tag,
            "request_date": hour.date(),
            "requests": seen.requests,
            "ended_requests": seen.ended,
            "successful_requests": seen.successes,
            "attempts": len(seen.attempts),
            "retries": seen.retries,
            "fallbacks": sum(attempt.is_fallback for attempt in seen.attempts),
            "failed_attempts": seen.failed,
            "input_tokens": known_sum(a.tokens["input_tokens"] for a in seen.attempts),
            "output_tokens": known_sum(a.tokens["output_tokens"] for a in seen.attempts),
            "unknown_user_requests": seen.stranger_requests,
            "unknown_user_tokens": seen.stranger_tokens,
            "cost_usd": cost(seen.attempts),
            "unpriced_attempts": unpriced(seen.attempts),
            "attempts_per_request": seen.attempts_per_request,
            "success_ratio": seen.success_ratio,
            "error_ratio": seen.error_ratio,
        }
        for tag, hours in traffic_by_hour(attempts).items()
        for hour, seen in hours.items()
    ]


@dataclass(frozen=True)
class Usual:
    """What an hour is compared with."""

    requests: int
    stranger_tokens: int
    success_ratio: float | None
    attempts_per_request: float | None
    error_ratio: float | None


def usual(
    hour: datetime, hours: Mapping[datetime, Traffic], settings: BurstSettings
) -> Usual | None:
    """The baseline of an hour, from the days before; too few of them are none."""
    first = datetime.combine(min(hours).date(), datetime.min.time())
    before = [hour - DAY * ago for ago in range(1, settings.burst_baseline_days + 1)]
    same_hours = [hours.get(past, Traffic()) for past in before if past >= first]
    if len(same_hours) < -(-settings.burst_baseline_days // 4):
        return None
    by_date: defaultdict[date, Traffic] = defaultdict(Traffic)
    for moment, seen in hours.items():
        if DAY <= DAY * (hour.date() - moment.date()).days <= DAY * settings.burst_baseline_days:
            by_date[moment.date()].attempts.extend(seen.attempts)

    def median(values: Iterable[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else None

    days = list(by_date.values())
    return Usual(
        nearest_rank([seen.requests for seen in same_hours], 75),
        nearest_rank([seen.stranger_tokens for seen in same_hours], 75),
        median(day.success_ratio for day in days),
        median(day.attempts_per_request for day in days),
        median(day.error_ratio for day in days),
    )


def kinds_of(seen: Traffic, base: Usual, settings: BurstSettings) -> dict[str, float | None]:
    """Which bursts an hour is, with the measure that ranks it."""
    found: dict[str, float | None] = {}
    rise = settings.burst_min_failure_rise
    if (
        seen.requests >= settings.burst_min_requests
        and seen.requests >= settings.burst_min_ratio * base.requests
        and seen.success_ratio is not None
        and base.success_ratio is not None
        and seen.success_ratio <= base.success_ratio - rise
    ):
        found["failing_requests"] = seen.requests
    if (
        seen.retries >= settings.burst_min_retries
        and base.attempts_per_request is not None
        and len(seen.attempts)
        >= settings.burst_min_ratio * base.attempts_per_request * seen.requests
        and seen.error_ratio is not None
        and base.error_ratio is not None
        and seen.error_ratio >= base.error_ratio + rise
    ):
        found["retry_storm"] = seen.attempts_per_request
    if (
        seen.stranger_requests >= settings.burst_min_requests
        and seen.stranger_tokens > 0
        and seen.stranger_tokens >= settings.burst_min_ratio * base.stranger_tokens
    ):
        found["unknown_users"] = seen.stranger_tokens
    return found


def request_bursts(attempts: Sequence[Attempt], settings: BurstSettings) -> list[Row]:
    """One row an episode: burst hours of one kind and endpoint, at most a day apart."""
    flagged: defaultdict[tuple[str, str], list[tuple[datetime, Traffic, Usual, float | None]]]
    flagged = defaultdict(list)
    for tag, hours in traffic_by_hour(attempts).items():
        for hour in sorted(hours):
            base = usual(hour, hours, settings)
            if base is None:
                continue
            for kind, measure in kinds_of(hours[hour], base, settings).items():
                flagged[(kind, tag)].append((hour, hours[hour], base, measure))
    rows = []
    for (kind, tag), found in flagged.items():
        episode: list[tuple[datetime, Traffic, Usual, float | None]] = []
        for item in found:
            if episode and item[0] - episode[-1][0] > DAY:
                rows.append(_episode(kind, tag, episode))
                episode = []
            episode.append(item)
        rows.append(_episode(kind, tag, episode))
    return rows


def _episode(
    kind: str, tag: str, hours: Sequence[tuple[datetime, Traffic, Usual, float | None]]
) -> Row:
    everything = Traffic([attempt for _, seen, _, _ in hours for attempt in seen.attempts])
    first = hours[0][2]
    peak = min(hours, key=lambda item: (item[3] is None, -(item[3] or 0), item[0]))
    requests = sum(base.requests for _, _, base, _ in hours)
    stranger_tokens = sum(base.stranger_tokens for _, _, base, _ in hours)
    failures = Counter(a.provider or "unknown" for a in everything.attempts if a.status == "error")
    times = {
        "failing_requests": share(everything.requests, requests),
        "retry_storm": share(
            len(everything.attempts), everything.requests * (first.attempts_per_request or 0)
        ),
        "unknown_users": share(everything.stranger_tokens, stranger_tokens),
    }[kind]
    return {
        "burst_kind": kind,
        "endpoint_tag": tag,
        "started_at": hours[0][0],
        "ended_at": hours[-1][0] + HOUR,
        "peak_hour": peak[0],
        "burst_hours": len(hours),
        "requests": everything.requests,
        "baseline_requests": requests,
        "attempts": len(everything.attempts),
        "retries": everything.retries,
        "failed_attempts": everything.failed,
        "attempts_per_request": everything.attempts_per_request,
        "baseline_attempts_per_request": first.attempts_per_request,
        "success_ratio": everything.success_ratio,
        "baseline_success_ratio": first.success_ratio,
        "error_ratio": everything.error_ratio,
        "baseline_error_ratio": first.error_ratio,
        "unknown_user_requests": everything.stranger_requests,
        "unknown_user_tokens": everything.stranger_tokens,
        "baseline_unknown_user_tokens": stranger_tokens,
        "times_baseline": times,
        "failing_provider": min(failures, key=lambda name: (-failures[name], name), default=None),
        "cost_usd": cost(everything.attempts),
        "unpriced_attempts": unpriced(everything.attempts),
    }
