"""promptVersion regression (design section 5): ratio estimates on cases, mix adjustment, verdicts.

Ratios and variances are exact fractions; only logarithms, roots and the normal tail are floats.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from .attempts import Attempt
from .cases import Workflow, first_met
from .reference import OutcomeDefinition, Release
from .settings import Settings

SPLIT: Final = (
    "requests_per_case_effect",
    "tokens_per_request_effect",
    "price_per_token_effect",
    "resolved_share_effect",
    "units_without_tokens",
)
METRICS: Final = ("cost_per_request", "tokens_per_request", "cost_per_case", "cost_per_resolved")
Z_95: Final = 1.959963984540054
_UNSETTLED: Final = frozenset({"pending", "reopened", "abandoned", "unknown"})
# Below this relative standard error a result is the rounding noise of whoever computed it.
_NOISE: Final = 1e-6

Pair = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Estimate:
    """A ratio sum(C)/sum(D) with its variance (NULL under two units)."""

    value: Fraction
    variance: Fraction | None


@dataclass(frozen=True)
class Lift:
    """ln(B/A) with its standard error, where both are defined."""

    log: float
    error: float | None

    @property
    def relative(self) -> float:
        """exp(L) - 1."""
        return math.expm1(self.log)

    @property
    def interval(self) -> tuple[float, float] | None:
        """exp(L +- z se) - 1."""
        if self.error is None:
            return None
        low, high = self.log - Z_95 * self.error, self.log + Z_95 * self.error
        return _expm1(low), _expm1(high)

    @property
    def p_value(self) -> float | None:
        """Two-sided, from the normal; undefined without any variance."""
        if not self.error:
            return None
        return math.erfc(abs(self.log / self.error) / math.sqrt(2))


def _expm1(value: float) -> float:
    return math.expm1(value) if value < 700 else math.inf


@dataclass(slots=True)
class Unit:
    """A workflow on an endpoint, assigned to the version that it met first."""

    workflow: Workflow
    version: str
    met_at: datetime
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def stratum(self) -> str:
        """The intent that the mix is adjusted for."""
        return self.workflow.intent or "unknown"

    @property
    def cost(self) -> Fraction | None:
        """NULL when any attempt is unpriced."""
        costs = [attempt.cost_usd for attempt in self.attempts]
        return (
            None
            if None in costs
            else sum((Fraction(cost) for cost in costs if cost is not None), Fraction(0))
        )

    @property
    def tokens(self) -> Fraction | None:
        """Input and output of the attempts that have either; NULL when none has."""
        given = [
            count
            for attempt in self.attempts
            for count in (attempt.tokens["input_tokens"], attempt.tokens["output_tokens"])
            if count is not None
        ]
        return Fraction(sum(given)) if given else None

    @property
    def requests(self) -> Fraction:
        """Requests whose first attempt went to the endpoint."""
        return Fraction(sum(not attempt.is_retry for attempt in self.attempts))

    @property
    def resolved(self) -> Fraction | None:
        """1 or 0 once that is final.

        Mature resolved or finally unresolved cases, completed outcomes.
        """
        case, row = self.workflow.case, self.workflow.outcome_row
        if case is not None:
            settled = case.is_mature if case.is_resolved else case.outcome not in _UNSETTLED
            return Fraction(case.is_resolved) if settled else None
        if row is None or row.completed_at is None:
            return None
        return Fraction(bool(row.is_success))

    def pair(self, metric: str) -> Pair | None:
        """(C, D) of a metric; NULL where the unit is out of it."""
        amount = self.tokens if metric == "tokens_per_request" else self.cost
        if metric == "cost_per_case":
            weight: Fraction | None = Fraction(1)
        else:
            weight = self.resolved if metric == "cost_per_resolved" else self.requests
        return None if amount is None or weight is None else (amount, weight)


@dataclass(frozen=True)
class Clock:
    """When a unit is old enough for what its metric asks."""

    as_of: datetime
    time_to_end: timedelta
    time_to_mature: timedelta

    def allows(self, unit: Unit, metric: str) -> bool:
        """Costs of whole cases need cases that could have ended, resolutions ones that stand."""
        waits = {
            "cost_per_case": self.time_to_end,
            "cost_per_resolved": self.time_to_end + self.time_to_mature,
        }
        return metric not in waits or self.as_of - unit.met_at > waits[metric]


def mean(values: Sequence[Fraction]) -> Fraction:
    """Arithmetic mean."""
    return sum(values, Fraction(0)) / len(values)


def sample_variance(values: Sequence[Fraction]) -> Fraction | None:
    """s2 with n-1."""
    if len(values) < 2:
        return None
    centre = mean(values)
    return sum(((value - centre) ** 2 for value in values), Fraction(0)) / (len(values) - 1)


def estimate(pairs: Sequence[Pair]) -> Estimate | None:
    """R = sum(C)/sum(D), Var(R) = s2(C - R D) / (n mean(D)^2)."""
    weights = sum((weight for _, weight in pairs), Fraction(0))
    if not weights:
        return None
    value = sum((amount for amount, _ in pairs), Fraction(0)) / weights
    spread = sample_variance([amount - value * weight for amount, weight in pairs])
    average = weights / len(pairs)
    return Estimate(value, None if spread is None else spread / (len(pairs) * average**2))


def standardised(
    strata: Mapping[str, Sequence[Pair]], shares: Mapping[str, Fraction]
) -> Estimate | None:
    """R_std with pooled shares.

    NULL where a stratum is empty, its variance where one has a single unit.
    """
    if any(not strata.get(name) for name in shares):
        return None
    amount = sum((w * mean([c for c, _ in strata[g]]) for g, w in shares.items()), Fraction(0))
    weight = sum((w * mean([d for _, d in strata[g]]) for g, w in shares.items()), Fraction(0))
    if not weight:
        return None
    value = amount / weight
    variance: Fraction | None = Fraction(0)
    for name, share in shares.items():
        spread = sample_variance([c - value * d for c, d in strata[name]])
        if spread is None or variance is None:
            variance = None
        else:
            variance += share**2 * spread / len(strata[name])
    return Estimate(value, None if variance is None else variance / weight**2)


def compared_strata(
    baseline: Mapping[str, Sequence[Pair]], candidate: Mapping[str, Sequence[Pair]], least: int
) -> tuple[dict[str, Sequence[Pair]], dict[str, Sequence[Pair]]]:
    """Only the strata that both arms have at least `least` units of (and any at all)."""
    names = [
        name
        for name in sorted({*baseline, *candidate})
        if min(len(baseline.get(name, ())), len(candidate.get(name, ()))) >= max(least, 1)
    ]
    return {name: baseline[name] for name in names}, {name: candidate[name] for name in names}


def pooled_shares(*arms: Mapping[str, Sequence[Pair]]) -> dict[str, Fraction]:
    """Share of each stratum in the units of both arms together."""
    counts: defaultdict[str, int] = defaultdict(int)
    for arm in arms:
        for name, pairs in arm.items():
            counts[name] += len(pairs)
    total = sum(counts.values())
    return {name: Fraction(count, total) for name, count in counts.items()}


def lift(baseline: Estimate | None, candidate: Estimate | None) -> Lift | None:
    """L = ln(R_B / R_A), se^2 = V_A/R_A^2 + V_B/R_B^2.

    NULL where a ratio is missing or not positive.
    """
    if baseline is None or candidate is None or baseline.value <= 0 or candidate.value <= 0:
        return None
    log = _ln(candidate.value / baseline.value)
    if baseline.variance is None or candidate.variance is None:
        return Lift(log, None)
    square = baseline.variance / baseline.value**2 + candidate.variance / candidate.value**2
    return Lift(log, math.sqrt(square))


def _ln(value: Fraction) -> float:
    """log1p keeps the digits of ratios close to one."""
    return math.log1p(float(value - 1)) if abs(value - 1) < Fraction(1, 10) else math.log(value)


def times_at_most(
    release: Release, baseline: str | None, attempts: Sequence[Attempt], window: timedelta
) -> float | None:
    """What a call may have cost over what priced ones did; NULL where no cost is known.

    Calls without a price are taken for calls of the dearest model of either version. By dates.
    """
    at = release.released_at
    first, day, last = (at - window).date(), at.date(), (at + window).date()
    own = [
        each
        for each in attempts
        if each.prompt_version == release.prompt_version and day <= each.request_date <= last
    ]
    before = [
        each
        for each in attempts
        if each.prompt_version == baseline is not None and first <= each.request_date <= day
    ]
    by_model: defaultdict[Any, list[Fraction]] = defaultdict(list)
    for each in (*own, *before):
        if each.cost_usd is not None:
            by_model[each.priced_as].append(Fraction(each.cost_usd))
    costs = [Fraction(each.cost_usd) for each in own if each.cost_usd is not None]
    if not sum(costs):
        return None
    dearest = max(sum(found) / len(found) for found in by_model.values())
    at_most = (sum(costs) + (len(own) - len(costs)) * dearest) / len(own)
    return float(at_most / (sum(costs) / len(costs)))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """q-values in the order of the p-values."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index], reverse=True)
    q_values = [1.0] * len(p_values)
    smallest = 1.0
    for position, index in enumerate(order):
        rank = len(p_values) - position
        smallest = min(smallest, p_values[index] * len(p_values) / rank)
        q_values[index] = smallest
    return q_values


def release_register(
    registered: Sequence[Release], attempts: Sequence[Attempt]
) -> list[tuple[Release, str | None]]:
    """Every release with its baseline.

    Registered ones, and versions seen in reports from their first sight on.
    """
    known = {(release.endpoint_tag, release.prompt_version) for release in registered}
    seen: dict[tuple[str, str], datetime] = {}
    for attempt in attempts:
        if (
            attempt.is_reportable
            and attempt.endpoint_tag is not None
            and attempt.prompt_version is not None
        ):
            key = (attempt.endpoint_tag, attempt.prompt_version)
            seen[key] = min(seen.get(key, attempt.occurred_at), attempt.occurred_at)
    releases = [
        *registered,
        *(Release(*key, moment, None) for key, moment in seen.items() if key not in known),
    ]
    releases.sort(
        key=lambda release: (release.endpoint_tag, release.released_at, release.prompt_version)
    )
    before: dict[str, str] = {}
    paired: list[tuple[Release, str | None]] = []
    for release in releases:
        paired.append((release, release.baseline_version or before.get(release.endpoint_tag)))
        before[release.endpoint_tag] = release.prompt_version
    return paired


def build_units(workflows: Mapping[str, Workflow]) -> dict[str, list[Unit]]:
    """Units by endpoint.

    Every attempt of the workflow on the endpoint counts, whatever its version.
    """
    by_endpoint: defaultdict[str, list[Unit]] = defaultdict(list)
    for workflow in workflows.values():
        on_endpoint: defaultdict[str, list[Attempt]] = defaultdict(list)
        for attempt in workflow.attempts:
            if attempt.endpoint_tag is not None:
                on_endpoint[attempt.endpoint_tag].append(attempt)
        for endpoint, attempts in on_endpoint.items():
            version = first_met(attempts, "prompt_version")
            if version is not None:
                met_at = min(each.occurred_at for each in attempts if each.prompt_version)
                by_endpoint[endpoint].append(Unit(workflow, version, met_at, attempts))
    return dict(by_endpoint)


def _arm(units: Sequence[Unit], metric: str) -> dict[str, list[Pair]]:
    strata: defaultdict[str, list[Pair]] = defaultdict(list)
    for unit in units:
        pair = unit.pair(metric)
        if pair is not None:
            strata[unit.stratum].append(pair)
    return dict(strata)


def split_of_lift(metric: str, before: Sequence[Unit], after: Sequence[Unit]) -> dict[str, Any]:
    """Which part of ln(lift) each factor makes, by the chain rule on the units of the metric.

    Cost a case = requests a case x cost a request; cost a request = tokens a request x price a
    token; cost a resolved case = cost a case / resolved share. Tokens a request are those of the
    units that know their tokens; the price is what then remains.
    """
    arms = [[unit for unit in arm if unit.pair(metric) is not None] for arm in (before, after)]

    def change(of: Callable[[list[Unit]], Fraction | None]) -> float | None:
        old, new = (of(arm) for arm in arms)
        return _ln(new / old) if old and new else None

    def requests(units: Iterable[Unit]) -> Fraction:
        return sum((unit.requests for unit in units), Fraction(0))

    def per_request(units: list[Unit]) -> Fraction | None:
        known = [unit for unit in units if unit.tokens is not None]
        total = sum((unit.tokens or Fraction(0) for unit in known), Fraction(0))
        # A case may go on without a request of its own.
        counted = requests(known)
        return total / counted if counted else None

    def cost_per_request(units: list[Unit]) -> Fraction | None:
        counted = mean([unit.requests for unit in units])
        return mean([unit.cost or Fraction(0) for unit in units]) / counted if counted else None

    if not all(arms):
        return dict.fromkeys(SPLIT)
    tokens, cost = change(per_request), None
    if metric != "tokens_per_request":
        cost = change(cost_per_request)
    effects = {
        "requests_per_case": change(lambda units: requests(units) / len(units)),
        "tokens_per_request": tokens,
        "price_per_token": None if tokens is None or cost is None else cost - tokens,
        "resolved_share": None,
    }
    if metric in ("cost_per_request", "tokens_per_request"):
        effects["requests_per_case"] = None
    if metric == "cost_per_resolved":
        better = change(lambda units: mean([unit.resolved or Fraction(0) for unit in units]))
        effects["resolved_share"] = None if better is None else -better
    return {
        **{f"{name}_effect": effect for name, effect in effects.items()},
        "units_without_tokens": sum(unit.tokens is None for arm in arms for unit in arm),
    }


def main_driver(metric: str, lift_of: Lift | None, split: Mapping[str, Any]) -> str | None:
    """The factor that went furthest the way of the lift."""
    if lift_of is None or not lift_of.log:
        return None
    if metric != "tokens_per_request" and split["price_per_token_effect"] is None:
        return None
    names = ("requests_per_case", "tokens_per_request", "price_per_token", "resolved_share")
    known = [name for name in names if split[f"{name}_effect"] is not None]
    # the first of equals, in this order
    return max(known, key=lambda name: math.copysign(1, lift_of.log) * split[f"{name}_effect"])


def _noisy(lift_of: Lift | None) -> bool:
    return lift_of is not None and lift_of.error is not None and lift_of.error < _NOISE


def compare_arms(
    metric: str, before: Sequence[Unit], after: Sequence[Unit], settings: Settings
) -> dict[str, Any]:
    """One metric of one release: raw and mix-adjusted lift, and what decides."""
    strata_a, strata_b = _arm(before, metric), _arm(after, metric)
    pairs_a = [pair for pairs in strata_a.values() for pair in pairs]
    pairs_b = [pair for pairs in strata_b.values() for pair in pairs]
    raw_a, raw_b = estimate(pairs_a), estimate(pairs_b)
    raw = lift(raw_a, raw_b)
    both_a, both_b = compared_strata(strata_a, strata_b, settings.regression_min_stratum_units)
    shares = pooled_shares(both_a, both_b)
    adjusted = lift(standardised(both_a, shares), standardised(both_b, shares)) if shares else None
    compared_a, compared_b = (sum(map(len, arm.values())) for arm in (both_a, both_b))
    spent = sum(
        (
            unit.cost or Fraction(0)
            for unit in after
            if unit.stratum in both_b and unit.pair(metric) is not None
        ),
        Fraction(0),
    )
    extra = float(spent) * -math.expm1(-adjusted.log) if adjusted is not None else None
    split = split_of_lift(metric, before, after)
    if raw is None:
        split |= dict.fromkeys(SPLIT[:-1])
    everyone = len(pairs_a) + len(pairs_b)
    raw_interval = raw.interval if raw else None
    adjusted_interval = adjusted.interval if adjusted else None
    return {
        "metric": metric,
        "baseline_value": float(raw_a.value) if raw_a else None,
        "value": float(raw_b.value) if raw_b else None,
        "units": len(pairs_b),
        "baseline_units": len(pairs_a),
        "lift": raw.relative if raw else None,
        "ci_low": raw_interval[0] if raw_interval else None,
        "ci_high": raw_interval[1] if raw_interval else None,
        "p_value": raw.p_value if raw else None,
        "q_value": None,
        "adjusted_lift": adjusted.relative if adjusted else None,
        "adjusted_ci_low": adjusted_interval[0] if adjusted_interval else None,
        "adjusted_ci_high": adjusted_interval[1] if adjusted_interval else None,
        "adjusted_p_value": adjusted.p_value if adjusted else None,
        "mix_effect": raw.log - adjusted.log if raw and adjusted else None,
        "is_noise": _noisy(raw) or _noisy(adjusted),
        "compared_share": (compared_a + compared_b) / everyone if everyone else None,
        **split,
        "main_driver": main_driver(metric, raw, split),
        "decisive": adjusted,
        "compared_units": min(compared_a, compared_b),
        "extra_usd": extra,
    }


def verdict(record: Mapping[str, Any], settings: Settings) -> str:
    """First match: insufficient_data, regression, improved, no_material_change, inconclusive."""
    decisive: Lift | None = record["decisive"]
    interval = decisive.interval if decisive else None
    if (
        record["compared_units"] < settings.regression_min_units
        or decisive is None
        or interval is None
    ):
        return "insufficient_data"
    low, high = interval
    threshold = settings.regression_min_lift
    found = record["q_value"] is not None and record["q_value"] < settings.regression_max_q_value
    dear = record["extra_usd"] >= settings.regression_min_extra_usd
    if low > 0 and decisive.relative >= threshold and dear and found:
        return "regression"
    # Calls without a price, at the dearest, have to leave the fall of a cost what it is.
    times = 1.0
    if record["metric"] != "tokens_per_request" and record["times_at_most"] is not None:
        times = record["times_at_most"]
    if (
        high < 0
        and decisive.relative <= -threshold
        and found
        and (
            times == 1
            or ((1 + high) * times < 1 and (1 + decisive.relative) * times < 1 - threshold)
        )
    ):
        return "improved"
    if -threshold <= low and high <= threshold:
        return "no_material_change"
    return "inconclusive"


def regression_records(
    attempts: Sequence[Attempt],
    workflows: Mapping[str, Workflow],
    registered: Sequence[Release],
    settings: Settings,
    definition: OutcomeDefinition,
    as_of: datetime | None,
) -> list[dict[str, Any]]:
    """A row a release and metric, with q-values over the run and the gate over the release."""
    units = build_units(workflows)
    on_endpoint: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.is_reportable and attempt.endpoint_tag is not None:
            on_endpoint[attempt.endpoint_tag].append(attempt)
    window = timedelta(days=settings.regression_window_days)
    # without a single event there is no time, and no unit either
    clock = Clock(
        as_of or datetime.min.replace(tzinfo=UTC), definition.inactivity, definition.maturity
    )
    records: list[dict[str, Any]] = []
    for release, baseline in release_register(registered, attempts):
        own, at = units.get(release.endpoint_tag, []), release.released_at
        before = [u for u in own if u.version == baseline and at - window <= u.met_at < at]
        after = [
            u for u in own if u.version == release.prompt_version and at <= u.met_at < at + window
        ]
        times = times_at_most(release, baseline, on_endpoint[release.endpoint_tag], window)
        for metric in METRICS:
            records.append(
                {
                    "endpoint_tag": release.endpoint_tag,
                    "prompt_version": release.prompt_version,
                    "baseline_version": baseline,
                    "times_at_most": times,
                    **compare_arms(
                        metric,
                        [unit for unit in before if clock.allows(unit, metric)],
                        [unit for unit in after if clock.allows(unit, metric)],
                        settings,
                    ),
                }
            )
    decided = [
        r
        for r in records
        if r["decisive"] is not None
        and r["decisive"].p_value is not None
        and r["compared_units"] >= settings.regression_min_units
    ]
    for record, q_value in zip(
        decided, benjamini_hochberg([r["decisive"].p_value for r in decided]), strict=True
    ):
        record["q_value"] = q_value
    held: set[tuple[str, str]] = set()
    for record in records:
        record["verdict"] = verdict(record, settings)
        if record["verdict"] == "regression":
            held.add((record["endpoint_tag"], record["prompt_version"]))
    for record in records:
        is_held = (record["endpoint_tag"], record["prompt_version"]) in held
        record["gate"] = "hold" if is_held else "pass"
    return records
