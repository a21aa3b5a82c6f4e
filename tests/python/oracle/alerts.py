"""What somebody must act on, day by day (DECISIONS.md, "Alerts"), without budgets.

Every day is judged by itself, from the attempts that were known at its end.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final

from .attempts import Attempt
from .fields import word

DAY: Final = timedelta(days=1)
BASELINE_DAYS: Final = 28
REACH: Final = 35
MIN_DAYS: Final = 10
NEW_VERSION_DAYS: Final = 14
QUIET_DAYS: Final = 7
CAUSE_DAYS: Final = 2
DEPLOY_DAYS: Final = 2
DRIVER_SHARE: Final = 0.5
SILENCE_LOG_CHANCE: Final = 12
CALLS_TOGETHER: Final = 6
# What a request takes over a week, for which fewer standard errors do.
LARGE_DAYS, LARGE_CALLS, LARGE_GROWTH, LARGE_ERRORS = 7, 100, 0.5, 2.5
RANK: Final = {"critical": 1, "warning": 2, "info": 3}
DIMENSIONS: Final = ("endpoint_tag", "tenant_id", "prompt_version", "model")
TRAFFIC: Final = ("retry_storm", "failing_burst", "unknown_users")

Scope = tuple[str, str]


@dataclass(frozen=True)
class Call:
    """A reportable attempt; what is not known is 'unknown'."""

    day: date
    known_on: date
    request_id: str
    use_case: str
    endpoint_tag: str
    prompt_version: str
    model: str
    tenant_id: str
    source: str
    has_failed: bool
    has_workflow: bool
    input_tokens: int
    tokens: int
    cost_usd: Decimal | None

    @property
    def version(self) -> str:
        """The prompt version with its endpoint."""
        return f"{self.endpoint_tag} / {self.prompt_version}"

    @property
    def scopes(self) -> Iterator[Scope]:
        """All that it counts for."""
        yield ("workspace", "all")
        yield ("use_case", self.use_case)
        yield ("endpoint", self.endpoint_tag)
        yield ("prompt_version", self.version)
        yield ("tenant", self.tenant_id)
        yield ("source", self.source)


def call_of(attempt: Attempt) -> Call:
    """What alerts see of an attempt."""
    counts = (attempt.tokens["input_tokens"], attempt.tokens["output_tokens"])
    return Call(
        day=attempt.request_date,
        known_on=max(attempt.ingested_at, attempt.occurred_at).date(),
        request_id=attempt.request_id,
        use_case=attempt.use_case or "unknown",
        endpoint_tag=attempt.endpoint_tag or "unknown",
        prompt_version=attempt.prompt_version or "unknown",
        model=attempt.model or "unknown",
        tenant_id=attempt.tenant_id or "unknown",
        source=word(attempt.row.get("source_system")) or "unknown",
        has_failed=attempt.status == "error",
        has_workflow=attempt.workflow_id is not None,
        input_tokens=counts[0] or 0,
        tokens=(counts[0] or 0) + (counts[1] or 0),
        cost_usd=attempt.cost_usd,
    )


@dataclass
class Sums:
    """What is added up."""

    attempts: int = 0
    failed: int = 0
    unpriced: int = 0
    unattributed: int = 0
    input_tokens: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)
    requests: int = 0
    unknown_user_requests: int = 0

    def add(self, call: Call) -> None:
        self.attempts += 1
        self.failed += call.has_failed
        self.unpriced += call.cost_usd is None
        self.unattributed += not call.has_workflow
        self.input_tokens += call.input_tokens
        self.tokens += call.tokens
        self.cost += call.cost_usd or 0

    def number(self, name: str) -> Fraction:
        """One of them."""
        return Fraction(getattr(self, name))


NAMES: Final = tuple(each.name for each in fields(Sums))


def added(parts: Iterable[Sums]) -> Sums:
    """Sums of sums."""
    total = Sums()
    for part in parts:
        for name in NAMES:
            setattr(total, name, getattr(total, name) + getattr(part, name))
    return total


def summed(calls: Sequence[Call]) -> Sums:
    """The sums of a day, with its requests."""
    sums = Sums()
    for call in calls:
        sums.add(call)
    # One that used two versions, or users with a tenant and without, counts for both.
    requests = {
        (call.use_case, call.endpoint_tag, call.prompt_version, call.request_id, call.tenant_id)
        for call in calls
    }
    users = {(*request[:-1], request[-1] == "unknown") for request in requests}
    sums.requests = len(users)
    sums.unknown_user_requests = sum(1 for user in users if user[-1])
    return sums


@dataclass(frozen=True)
class Rule:
    """A row of alert_rules; None is not asked."""

    growth: float | None
    points: float | None
    errors: float | None
    calls: int | None
    rise: Decimal | None
    critical_growth: float | None
    critical_rise: Decimal | None


def rules_of(rows: Iterable[Mapping[str, str]]) -> dict[str, Rule]:
    """The rows of the seed."""

    def number(text: str) -> float | None:
        return float(text) if text else None

    def dollars(text: str) -> Decimal | None:
        return Decimal(text) if text else None

    return {
        row["alert_kind"]: Rule(
            growth=number(row["min_growth"]),
            points=number(row["min_points"]),
            errors=number(row["min_standard_errors"]),
            calls=int(row["min_calls"]) if row["min_calls"] else None,
            rise=dollars(row["min_rise_usd"]),
            critical_growth=number(row["critical_growth"]),
            critical_rise=dollars(row["critical_rise_usd"]),
        )
        for row in rows
    }


@dataclass(frozen=True)
class Kind:
    """A kind that is read off a window."""

    name: str
    cause: str
    scopes: tuple[str, ...]
    windows: tuple[int, ...]
    measure: str
    numerator: str
    denominator: str | None
    varies: str  # skewed, share, count or even


KINDS: Final = (
    Kind("retry_storm", "traffic", ("endpoint",), (1, 3),
         "attempts_per_request", "attempts", "requests", "even"),
    Kind("failing_burst", "traffic", ("endpoint",), (1, 3),
         "requests_per_day", "requests", None, "count"),
    Kind("unknown_users", "traffic", ("endpoint",), (1, 3),
         "unknown_user_requests_per_day", "unknown_user_requests", None, "count"),
    Kind("context_creep", "rate", ("endpoint",), (1, 3, 7),
         "input_tokens_per_request", "input_tokens", "requests", "skewed"),
    Kind("cost_drift", "rate", ("endpoint", "prompt_version"), (1, 3, 7),
         "cost_per_request", "cost", "requests", "skewed"),
    Kind("tenant_concentration", "tenant", ("tenant",), (7,),
         "spend_share", "cost", "all", "skewed"),
    Kind("unpriced_share", "data", ("use_case",), (1, 7),
         "unpriced_share", "unpriced", "attempts", "share"),
    Kind("unattributed_share", "data", ("use_case",), (1, 7),
         "unattributed_share", "unattributed", "attempts", "share"),
)  # fmt: skip


@dataclass
class Sign:
    """A kind of alert and a scope on a day on which it is one."""

    kind: str
    cause: str
    cause_rank: int
    scope: Scope
    day: date
    window: int
    metric: str
    value: float
    baseline: float
    errors: float | None
    severity: str
    episode: Sign | None = None
    gravest_before: int | None = None

    @property
    def endpoint(self) -> str | None:
        """The endpoint that it is about."""
        if self.scope[0] == "prompt_version":
            return self.scope[1].split(" / ")[0]
        return self.scope[1] if self.scope[0] == "endpoint" else None

    @property
    def change(self) -> str | None:
        """Whether it is told."""
        if self.episode is self:
            return "opened"
        assert self.gravest_before is not None
        return "worsened" if RANK[self.severity] < self.gravest_before else None


@dataclass
class World:
    """Days of each scope as they were known at the end of a day."""

    calls: Sequence[Call]
    rules: Mapping[str, Rule]
    first: date
    last: date

    def __post_init__(self) -> None:
        self._by_scope: dict[Scope, dict[date, list[Call]]] = defaultdict(lambda: defaultdict(list))
        for call in self.calls:
            for scope in call.scopes:
                self._by_scope[scope][call.day].append(call)
        self._kept: dict[tuple[Scope, date, date], Sums] = {}
        self._windows: dict[tuple[Scope, date, int], Window] = {}

    @property
    def days(self) -> list[date]:
        """Days that are judged."""
        return [self.first + DAY * number for number in range((self.last - self.first).days + 1)]

    @property
    def scopes(self) -> list[Scope]:
        """All scopes that have calls."""
        return sorted(self._by_scope)

    def day(self, scope: Scope, day: date, seen_on: date) -> Sums | None:
        """What was known of a day; None: nothing."""
        calls = [call for call in self._by_scope[scope].get(day, ()) if call.known_on <= seen_on]
        if not calls:
            return None
        # What is known of a day changes on few days.
        key = (scope, day, max(call.known_on for call in calls))
        if key not in self._kept:
            self._kept[key] = summed(calls)
        return self._kept[key]

    def window(self, scope: Scope, end: date, length: int) -> Window:
        """A window with its baseline."""
        key = (scope, end, length)
        if key not in self._windows:
            self._windows[key] = Window(self, scope, end, length)
        return self._windows[key]

    def known(self, scope: Scope, seen_on: date) -> dict[date, Sums]:
        """The days that somebody looks back to."""
        found = {}
        for number in range(REACH):
            sums = self.day(scope, seen_on - DAY * number, seen_on)
            if sums is not None:
                found[seen_on - DAY * number] = sums
        return found


class Window:
    """A window of a scope, with the days before it."""

    def __init__(self, world: World, scope: Scope, end: date, length: int) -> None:
        days = world.known(scope, end)
        self.length, self.end = length, end
        self.exists = bool(days)
        self.first = min(days) if days else end
        self.before = {
            day: sums
            for day, sums in days.items()
            if end - DAY * (length + BASELINE_DAYS) < day <= end - DAY * length
        }
        self.now = added(sums for day, sums in days.items() if day > end - DAY * length)
        self.baseline = added(self.before.values())
        self.baseline_days = min(BASELINE_DAYS, max((end - DAY * length - self.first).days + 1, 0))


def ratio(numerator: Fraction, denominator: Fraction) -> float | None:
    """A quotient, where there is one."""
    return float(numerator / denominator) if denominator else None


def rounded(value: Fraction, digits: int) -> Fraction:
    """Half away from zero."""
    unit = Decimal(1).scaleb(-digits)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return Fraction(exact.quantize(unit, rounding=ROUND_HALF_UP))


def look(world: World, kind: Kind, scope: Scope, end: date, length: int) -> Sign | None:
    """Whether a window is a sign of a kind."""
    rule = world.rules[kind.name]
    own = world.window(scope, end, length)
    if not own.exists:
        return None
    compared = own
    if kind.name == "cost_drift" and scope[0] == "prompt_version":
        if own.first <= end - DAY * NEW_VERSION_DAYS:
            return None
        compared = world.window(("endpoint", scope[1].split(" / ")[0]), end, length)
    whole = world.window(("workspace", "all"), end, length)

    def below(sums: Sums, day_or_all: Sums, days: int) -> Fraction:
        if kind.denominator is None:
            return Fraction(days)
        return (
            day_or_all.number("cost")
            if kind.denominator == "all"
            else sums.number(kind.denominator)
        )

    top, bottom = own.now.number(kind.numerator), below(own.now, whole.now, length)
    top_before = compared.baseline.number(kind.numerator)
    bottom_before = below(compared.baseline, whole.baseline, compared.baseline_days)
    degrees = compared.baseline_days if kind.denominator is None else len(compared.before)
    if degrees < MIN_DAYS or not bottom or not bottom_before:
        return None
    squares = Fraction(0)
    for day, sums in compared.before.items():
        part = below(sums, whole.before.get(day, Sums()), 1)
        if part:
            squares += rounded(sums.number(kind.numerator) ** 2 / part, 12)
    value, before = float(top / bottom), float(top_before / bottom_before)
    pooled = (top + top_before) / (bottom + bottom_before)
    least = {
        "count": before,
        "share": float(pooled * (1 - pooled) * CALLS_TOGETHER),
        "skewed": before * before / 10_000,
        "even": before * before / 10_000,
    }[kind.varies]
    seen = float((squares - top_before * top_before / bottom_before) / (degrees - 1))
    error = math.sqrt(max(seen, least) * float(1 / bottom + 1 / bottom_before))
    if error == 0 or value <= before:
        return None
    if kind.varies == "skewed":
        if before <= 0:
            return None
        errors = math.log(value / before) * before / error
    else:
        errors = (value - before) / error

    growth = value / before - 1 if before else None
    failed = ratio(own.now.number("failed"), own.now.number("attempts"))
    failed_before = ratio(own.baseline.number("failed"), own.baseline.number("attempts"))
    worse = None if failed is None or failed_before is None else failed - failed_before
    calls = own.now.number("attempts" if kind.measure == "spend_share" else "requests")
    extra: float | None = None
    if kind.cause == "rate":
        now = ratio(own.now.number("cost"), own.now.number("requests"))
        then = ratio(compared.baseline.number("cost"), compared.baseline.number("requests"))
        if now is not None and then is not None:
            extra = max(now - then, 0.0) * float(calls)
    elif kind.cause != "data" and own.baseline_days:
        a_day = float(own.baseline.number("cost") / own.baseline_days)
        extra = max(float(own.now.number("cost")) - a_day * length, 0.0)

    holds: dict[str, bool] = {
        "retry_storm": worse is not None and worse > 0,
        "failing_burst": worse is not None and worse >= (rule.points or 0),
        "unknown_users": top >= (rule.calls or 0),
        "tenant_concentration": value >= (rule.points or 0) and scope[1] != "unknown",
        "unpriced_share": value >= before + (rule.points or 0),
        "unattributed_share": value >= before + (rule.points or 0),
    }
    is_large = (
        length == LARGE_DAYS
        and calls >= LARGE_CALLS
        and growth is not None
        and growth >= max(rule.growth or 0, LARGE_GROWTH)
        and errors >= LARGE_ERRORS
    )
    if not (
        calls >= (rule.calls or 0)
        and (growth is None or rule.growth is None or growth >= rule.growth)
        and (errors >= (rule.errors or 0) or (kind.cause == "rate" and is_large))
        and holds.get(kind.name, True)
        and (rule.rise is None or (extra is not None and extra >= rule.rise))
    ):
        return None
    dollars = None if extra is None else Decimal(extra).quantize(Decimal("0.000001"))
    wakes = (
        errors >= (rule.errors or 0)
        and rule.critical_growth is not None
        and rule.critical_rise is not None
        and (growth is None or growth >= rule.critical_growth)
        and dollars is not None
        and dollars >= rule.critical_rise
    )
    return Sign(
        *(kind.name, kind.cause, KINDS.index(kind) + 1, scope, end, length, kind.measure),
        *(value, before, errors, "critical" if wakes else "warning"),
    )


def window_signs(world: World) -> Iterator[Sign]:
    """The window that shows each kind, scope and day best."""
    for kind in KINDS:
        for scope in world.scopes:
            if scope[0] not in kind.scopes:
                continue
            for day in world.days:
                looks = (look(world, kind, scope, day, length) for length in kind.windows)
                found = [sign for sign in looks if sign is not None]
                if found:
                    yield max(found, key=lambda sign: (sign.errors or 0, -sign.window))


def silence_signs(world: World) -> Iterator[Sign]:
    """Endpoints and sources of which nothing has come for longer than ever in four weeks."""
    kinds = {"endpoint": ("silent_endpoint", 0), "source": ("late_source", -1)}
    for scope in world.scopes:
        if scope[0] not in kinds:
            continue
        name, place = kinds[scope[0]]
        rule = world.rules[name]
        past: list[int] = []
        for day in world.days:
            counts = {each: sums.attempts for each, sums in world.known(scope, day).items()}
            if not counts:
                continue
            last = max(counts)
            silent = (day - last).days
            before, past = past[-BASELINE_DAYS:], [*past, silent]
            longest = max(before, default=0)
            if len(before) < MIN_DAYS or silent <= longest + (1 if longest else 0):
                continue
            expected, chance = due(counts, last, day)
            if expected >= (rule.calls or 1) and chance >= SILENCE_LOG_CHANCE:
                yield Sign(
                    *(name, "silence", place, scope, day, silent, "silent_days"),
                    *(float(silent), float(longest), None, "warning"),
                )


def due(counts: Mapping[date, int], last: date, day: date) -> tuple[float, float]:
    """The calls that were due since, and the logarithm of the chance that none comes."""
    looked_at = [
        last - DAY * number
        for number in range(BASELINE_DAYS)
        if last - DAY * number > day - DAY * REACH
    ]
    of_weekday: dict[int, list[int]] = defaultdict(list)
    for each in looked_at:
        of_weekday[each.weekday()].append(counts.get(each, 0))
    means = {weekday: Fraction(sum(some), len(some)) for weekday, some in of_weekday.items()}
    silent = [last + DAY * (number + 1) for number in range((day - last).days)]
    expected = sum((means.get(each.weekday(), Fraction(0)) for each in silent), Fraction(0))
    squares = sum(
        (one - means[weekday]) ** 2 for weekday, some in of_weekday.items() for one in some
    )
    mean = Fraction(sum(counts[each] for each in looked_at if each in counts), len(looked_at))
    spread = max(float(squares / max(len(looked_at) - 7, 1) / mean), 1.001)
    return float(expected), float(expected) * math.log(spread) / (spread - 1)


def into_episodes(signs: Iterable[Sign]) -> list[Sign]:
    """Signs of a kind and scope that are at most a week apart are one episode."""
    latest: dict[tuple[str, Scope], Sign] = {}
    ordered = sorted(signs, key=lambda sign: sign.day)
    for sign in ordered:
        before = latest.get((sign.kind, sign.scope))
        if before is None or sign.day > before.day + DAY * QUIET_DAYS:
            sign.episode = sign
        else:
            sign.episode = before.episode
            ranks = [RANK[before.severity], before.gravest_before]
            sign.gravest_before = min(rank for rank in ranks if rank is not None)
        latest[(sign.kind, sign.scope)] = sign
    return ordered


def leader(alert: Sign, signs: Sequence[Sign]) -> Sign | None:
    """The episode of the same cause that was told before."""

    def has_same_cause(sign: Sign) -> bool:
        if alert.kind == "silent_endpoint" and sign.kind == "late_source":
            return True
        if alert.endpoint is None or alert.endpoint != sign.endpoint:
            return False
        return sign.cause == alert.cause or (sign.cause, alert.cause) == ("traffic", "rate")

    def place(sign: Sign) -> tuple[Any, ...]:
        assert sign.episode is not None
        return (sign.episode.day, sign.cause_rank, *sign.scope)

    seen = [
        sign
        for sign in signs
        if sign.episode is not alert.episode
        and alert.day - DAY * CAUSE_DAYS <= sign.day <= alert.day
        and has_same_cause(sign)
        and place(sign) < place(alert)
    ]
    graver = [sign for sign in seen if RANK[sign.severity] <= RANK[alert.severity]]
    return min(graver, key=place).episode if graver else None


@dataclass
class Change:
    """What somebody's calls have beyond what they had before."""

    first: date
    now: Sums = field(default_factory=Sums)
    before: Sums = field(default_factory=Sums)

    def excess(self, kind: str, days: int) -> Fraction:
        """In calls where they should not be there, else in dollars."""
        name = {"unpriced_share": "unpriced", "unattributed_share": "unattributed"}.get(
            kind, "attempts" if kind in TRAFFIC else "cost"
        )
        return self.now.number(name) - self.before.number(name) * days / BASELINE_DAYS


def changes(world: World, alert: Sign) -> dict[str, dict[str, Change]]:
    """By endpoint, tenant, prompt version and model."""
    found: dict[str, dict[str, Change]] = {dimension: {} for dimension in DIMENSIONS}
    scope = alert.scope if alert.endpoint is None else ("endpoint", alert.endpoint)
    for call in world.calls:
        starts = alert.day - DAY * alert.window
        in_reach = starts - DAY * BASELINE_DAYS < call.day <= alert.day
        if not in_reach or call.known_on > alert.day or scope not in set(call.scopes):
            continue
        for dimension in DIMENSIONS:
            whose = found[dimension].setdefault(getattr(call, dimension), Change(call.day))
            whose.first = min(whose.first, call.day)
            (whose.now if call.day > starts else whose.before).add(call)
    return found


def explained(part: float | None, whole: float | None, before: float | None) -> float | None:
    """How much of the growth of one number that of another explains, by logarithms."""
    if not part or not whole or not before or min(part, whole, before) <= 0 or whole == before:
        return None
    return math.log(part / before) / math.log(whole / before)


def expected_cost(parts: Mapping[str, Change]) -> Fraction:
    """What the calls of the window would have cost as each part's calls did before."""
    total = Fraction(0)
    for part in parts.values():
        of = part.before if part.before.attempts else part.now
        if of.attempts:
            total += rounded(of.number("cost") / of.attempts * part.now.attempts, 6)
    return total


def told(world: World, alert: Sign, signs: Sequence[Sign]) -> dict[str, Any]:
    """The row of an alert."""
    by = changes(world, alert) if alert.cause != "silence" else {}
    drivers: dict[str, str | None] = dict.fromkeys(DIMENSIONS)
    is_deploy = False
    for dimension, parts in by.items():
        excess = {name: part.excess(alert.kind, alert.window) for name, part in parts.items()}
        name = min(excess, key=lambda each: (-excess[each], each))
        whole = sum(excess.values())
        if whole > 0 and excess[name] / whole >= DRIVER_SHARE:
            drivers[dimension] = name
            latest = alert.day - DAY * (alert.window + DEPLOY_DAYS)
            is_deploy |= dimension == "prompt_version" and parts[name].first > latest
    shares: tuple[float | None, float | None] = (None, None)
    if by:
        now = added(part.now for part in by["model"].values())
        before = added(part.before for part in by["model"].values())
        a_call, a_call_before = (
            ratio(sums.number("cost"), sums.number("attempts")) for sums in (now, before)
        )
        by_model = ratio(expected_cost(by["model"]), now.number("attempts"))
        days, days_before = Fraction(alert.window), Fraction(BASELINE_DAYS)
        shares = (
            explained(by_model, a_call, a_call_before),
            explained(
                ratio(expected_cost(by["endpoint_tag"]), days),
                ratio(now.number("cost"), days),
                ratio(before.number("cost"), days_before),
            ),
        )
    first = leader(alert, signs)
    scope_type, scope_value = alert.scope
    assert alert.episode is not None
    return {
        "alert_kind": alert.kind,
        "scope_type": scope_type,
        "scope_value": scope_value,
        "opened_on": alert.day,
        "change": alert.change,
        "severity": alert.severity,
        "window_days": alert.window,
        "metric": alert.metric,
        "value": alert.value,
        "baseline": alert.baseline,
        "standard_errors": alert.errors,
        "episode": (alert.kind, *alert.scope, alert.episode.day),
        "suppressed_by": first and (first.kind, *first.scope, first.day),
        "spike_class": spike_class(alert, drivers, is_deploy, *shares),
        "endpoint_tag": alert.endpoint or drivers["endpoint_tag"],
        "prompt_version": scope_value.split(" / ")[1]
        if scope_type == "prompt_version"
        else drivers["prompt_version"],
        "driver_tenant_id": scope_value if scope_type == "tenant" else drivers["tenant_id"],
        "model": drivers["model"],
    }


def spike_class(
    alert: Sign,
    drivers: Mapping[str, str | None],
    is_deploy: bool,
    by_models: float | None,
    by_calls: float | None,
) -> str | None:
    """What it is, by the words of spend_spikes."""
    if alert.kind == "retry_storm":
        return "retry_storm"
    if alert.kind == "unknown_users":
        return "abuse"
    if alert.kind == "failing_burst":
        return "abuse" if drivers["tenant_id"] == "unknown" else "volume"
    if alert.cause not in ("rate", "tenant"):
        return None
    if alert.cause == "rate" and is_deploy:
        return "deploy"
    if alert.kind == "context_creep":
        return "token"
    if alert.cause == "tenant" and by_calls is not None and by_calls >= DRIVER_SHARE:
        return "volume"
    return "token" if by_models is not None and by_models < DRIVER_SHARE else "mixed"


def alert_records(
    attempts: Sequence[Attempt], rules: Mapping[str, Rule], as_of: datetime
) -> list[dict[str, Any]]:
    """Every alert that is not of a budget."""
    calls = [call_of(attempt) for attempt in attempts if attempt.is_reportable]
    first = min(attempt.request_date for attempt in attempts)
    world = World(calls, rules, first, (as_of - DAY).date())
    signs = into_episodes([*window_signs(world), *silence_signs(world)])
    return [told(world, sign, signs) for sign in signs if sign.change is not None]
