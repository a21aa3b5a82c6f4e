"""Why spend changed, again in plain Python: effects, drivers and spikes of every window.

It starts from the attempts, which are proved elsewhere, and takes every window by itself, without
rollups. Whatever is a ratio or a logarithm is a float; dollars stay decimals.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

K = TypeVar("K", bound=Hashable)

UNKNOWN_USERS: Final = "(unknown users)"
NO_USER: Final = "(no user id)"
WEEK: Final = timedelta(days=7)
LENGTHS: Final = {"day": timedelta(days=1), "week": WEEK}
EFFECTS: Final = (
    "volume",
    "requests_per_case",
    "attempts_per_request",
    "model_mix",
    "unknown_cost",
    "tokens",
    "price",
)


@dataclass(frozen=True)
class Call:
    """A reportable attempt; what is not known is 'unknown'."""

    occurred_at: datetime
    endpoint_tag: str
    tenant_id: str
    prompt_version: str
    model: str
    price_id: str | None
    user: str
    workflow_id: str | None
    is_first: bool
    tokens: Mapping[str, int]
    cost_usd: Decimal | None

    @property
    def day(self) -> date:
        """UTC date that dates the spend."""
        return self.occurred_at.date()

    @property
    def known_cost(self) -> Decimal:
        """The cost, 0 where it is unknown."""
        return self.cost_usd or Decimal(0)


@dataclass(frozen=True)
class Rules:
    """A row of spend_spike_rules."""

    min_growth: float
    min_rise_usd: Decimal
    min_standard_errors: float
    history_days: int
    dominant_share: float
    min_own_growth: Decimal
    new_version_hours: int


@dataclass(frozen=True)
class Window:
    """A window and the one of the same length seven days before."""

    grain: str
    start: date

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.start + LENGTHS[self.grain]

    @property
    def sides(self) -> tuple[tuple[date, date], tuple[date, date]]:
        """First day and day after the last, of the window and of its baseline."""
        return (self.start, self.end), (self.start - WEEK, self.end - WEEK)


@dataclass
class World:
    """What the marts are made from."""

    calls: Sequence[Call]
    prices: Mapping[str, Mapping[str, Decimal]]
    successes: frozenset[str]
    first_seen: Mapping[tuple[str, str], datetime]
    rules: Mapping[str, Rules]
    as_of: datetime | None
    by_day: dict[date, list[Call]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for call in self.calls:
            self.by_day[call.day].append(call)

    def between(self, start: date, end: date) -> list[Call]:
        """The calls from a day to the day before another."""
        days = (end - start).days
        return [
            call
            for number in range(days)
            for call in self.by_day.get(start + timedelta(days=number), ())
        ]


def windows(world: World) -> list[Window]:
    """Those that are over, and whose baseline lies in the history."""
    if world.as_of is None or not world.by_day:
        return []
    first = min(world.by_day)
    found = set()
    for grain in LENGTHS:
        for day in list(world.by_day):
            start = day if grain == "day" else day - timedelta(days=day.weekday())
            for window in (Window(grain, start), Window(grain, start + WEEK)):
                over = datetime.combine(window.end, time()) <= world.as_of
                if over and window.sides[1][0] >= first:
                    found.add(window)
    return sorted(found, key=lambda window: (window.grain, window.start))


def grouped(calls: Iterable[Call], key: Callable[[Call], K]) -> dict[K, list[Call]]:
    """Calls by a key."""
    found: dict[K, list[Call]] = defaultdict(list)
    for call in calls:
        found[key(call)].append(call)
    return dict(found)


def total(calls: Iterable[Call]) -> Decimal:
    """Sum of the known costs."""
    return sum((call.known_cost for call in calls), Decimal(0))


def requests(calls: Iterable[Call]) -> int:
    """Requests by their first attempts."""
    return sum(call.is_first for call in calls)


def cases(calls: Iterable[Call], attributed: bool) -> int:
    """Workflows, or the requests that name none."""
    if not attributed:
        return requests(calls)
    return len({call.workflow_id for call in calls})


def kinds_of(world: World, calls: Sequence[Call]) -> dict[str, tuple[int, float]]:
    """Tokens and cost by kind of token, of the calls of one model whose cost is known."""
    found: dict[str, tuple[int, float]] = {}

    def add(kind: str, tokens: int, cost: float) -> None:
        old = found.get(kind, (0, 0.0))
        found[kind] = (old[0] + tokens, old[1] + cost)

    for price_id, priced in sorted(grouped(calls, lambda call: call.price_id or "").items()):
        known = [call for call in priced if call.cost_usd is not None]
        tokens = {
            kind: sum(call.tokens[kind] for call in known)
            for kind in ("input", "cached_input", "cache_write", "cache_write_1h", "output")
        }
        price = world.prices.get(price_id, {})
        listed = {kind: float(tokens[kind] * price.get(kind, Decimal(0))) for kind in tokens}
        cost = float(total(known))
        if sum(listed.values()) > 0:
            for kind, amount in listed.items():
                if tokens[kind]:
                    add(kind, tokens[kind], cost * amount / sum(listed.values()))
        else:
            add("any", sum(tokens.values()), cost)
    return found


def mean(left: float, right: float) -> float:
    """The logarithmic mean."""
    if math.isclose(left, right, rel_tol=1e-7):
        return (left + right) / 2
    return (left - right) / math.log(left / right)


def effects(world: World, now: Sequence[Call], before: Sequence[Call]) -> dict[str, float]:
    """The split of one endpoint's change, before rounding."""
    found = dict.fromkeys(EFFECTS, 0.0)
    for attributed in (True, False):
        sides = [
            [call for call in calls if (call.workflow_id is not None) == attributed]
            for calls in (now, before)
        ]
        for model in sorted({call.model for side in sides for call in side}):
            own = [[call for call in side if call.model == model] for side in sides]
            kinds = [kinds_of(world, calls) for calls in own]
            for kind in sorted({*kinds[0], *kinds[1]}):
                values = [kinds[side].get(kind, (0, 0.0)) for side in (0, 1)]
                chains = [
                    _factors(sides[side], own[side], values[side], attributed) for side in (0, 1)
                ]
                for effect, amount in _split(chains, values).items():
                    found[effect] += amount
    return found


def _factors(
    side: Sequence[Call], own: Sequence[Call], kind: tuple[int, float], attributed: bool
) -> dict[str, float]:
    """The levels whose quotients are the factors of a cost."""
    return {
        "cases": cases(side, attributed),
        "requests": requests(side),
        "attempts": len(side),
        "model": len(own),
        "known": sum(call.cost_usd is not None for call in own),
        "tokens": kind[0],
        "cost": kind[1],
    }


def _split(
    chains: Sequence[Mapping[str, float]], values: Sequence[tuple[int, float]]
) -> dict[str, float]:
    now, before = chains
    change = values[0][1] - values[1][1]

    def lacks(level: str) -> bool:
        return min(now[level], before[level]) <= 0

    if lacks("requests") or lacks("model"):
        return {"model_mix": change}
    if lacks("cost"):
        if lacks("known"):
            return {"unknown_cost": change}
        return {"tokens" if lacks("tokens") else "price": change}
    growth = {level: math.log(now[level] / before[level]) for level in now if not lacks(level)}
    weight = mean(now["cost"], before["cost"])
    tokens = growth.get("tokens", growth["known"])
    logs = {
        "volume": growth["cases"],
        "requests_per_case": growth["requests"] - growth["cases"],
        "attempts_per_request": growth["attempts"] - growth["requests"],
        "model_mix": growth["model"] - growth["attempts"],
        "unknown_cost": growth["known"] - growth["model"],
        "tokens": tokens - growth["known"],
        "price": growth["cost"] - tokens,
    }
    return {effect: weight * log for effect, log in logs.items()}


@dataclass
class History:
    """What the days before a window say about chance: units of (requests, attempts, cost)."""

    units: Sequence[tuple[float, float, float]]
    days: int

    def requests_variance(self, window_days: int) -> float | None:
        """Of the difference between two windows."""
        if len(self.units) < 2:
            return None
        return 2 * sum(unit[0] ** 2 for unit in self.units) * window_days / self.days

    def residual_variance(self, column: int) -> float | None:
        """Of a unit's attempts or cost over its requests, a request."""
        count, asked = len(self.units), sum(unit[0] for unit in self.units)
        if count < 2 or not asked:
            return None
        ratio = sum(unit[column] for unit in self.units) / asked
        squares = sum((unit[column] - ratio * unit[0]) ** 2 for unit in self.units)
        return squares / asked * count / (count - 1)


def history(world: World, window: Window, endpoint: str) -> History:
    """Units are the days of workflows, and calls of no workflow."""
    start = max(
        min(world.by_day),
        window.start - timedelta(days=world.rules[window.grain].history_days),
    )
    calls = [call for call in world.between(start, window.start) if call.endpoint_tag == endpoint]
    found = grouped(
        calls,
        lambda call: (
            (call.day, call.workflow_id) if call.workflow_id is not None else (call.day, id(call))
        ),
    )
    units = [
        (float(requests(unit)), float(len(unit)), float(total(unit))) for unit in found.values()
    ]
    return History(units, (window.start - start).days)


def spike(
    world: World, window: Window, endpoint: str, now: Sequence[Call], before: Sequence[Call]
) -> dict[str, Any]:
    """Class, onset and suspect of one endpoint in one window."""
    rules = world.rules[window.grain]
    cost, old = total(now), total(before)
    change = cost - old
    growth = float(change / old) if old else None
    known = history(world, window, endpoint)
    judged = _is_beyond_chance(known, window, rules, now, before)
    is_spike = (
        change >= rules.min_rise_usd
        and (growth is None or growth >= rules.min_growth - 1e-12)
        and judged
    )
    result: dict[str, Any] = {"spike_class": "no_spike", "onset_at": None, "suspect_user_id": None}
    if not is_spike:
        return result
    parts = {
        effect: amount / float(change) for effect, amount in effects(world, now, before).items()
    }
    result["onset_at"] = _onset(window, now, before, change)
    suspect = _suspect(now, before)
    result["suspect_user_id"] = suspect[0] if suspect else None
    result["spike_class"] = _class(
        world, window, rules, parts, suspect, growth, endpoint, now, before
    )
    return result


def _is_beyond_chance(
    known: History, window: Window, rules: Rules, now: Sequence[Call], before: Sequence[Call]
) -> bool:
    if not known.units:
        return True
    asked, asked_before = requests(now), requests(before)
    tests = [
        (
            float(asked - asked_before),
            known.requests_variance((window.end - window.start).days),
        )
    ]
    if asked and asked_before:
        scale = 1 / asked + 1 / asked_before
        for column, sums in (
            (1, (float(len(now)), float(len(before)))),
            (2, (float(total(now)), float(total(before)))),
        ):
            residual = known.residual_variance(column)
            variance = None if residual is None else residual * scale
            tests.append((sums[0] / asked - sums[1] / asked_before, variance))
    return any(
        rise > 0
        and (variance is None or rise**2 >= rules.min_standard_errors**2 * variance * (1 - 1e-12))
        for rise, variance in tests
    )


def _onset(
    window: Window, now: Sequence[Call], before: Sequence[Call], change: Decimal
) -> datetime:
    """Where the excess lags furthest behind half of an even spread."""
    start = datetime.combine(window.start, time())
    excess: dict[int, Decimal] = defaultdict(Decimal)
    for calls, origin, sign in ((now, start, 1), (before, start - WEEK, -1)):
        for call in calls:
            hour = int((call.occurred_at - origin) // timedelta(hours=1))
            excess[hour] += sign * call.known_cost
    hours = int((window.end - window.start) // timedelta(hours=1))
    so_far, best = Decimal(0), (Decimal("Infinity"), 0)
    for hour in sorted(excess):
        best = min(best, (2 * hours * so_far - hour * change, hour))
        so_far += excess[hour]
    return start + timedelta(hours=best[1])


def _suspect(now: Sequence[Call], before: Sequence[Call]) -> tuple[str, Decimal, Decimal] | None:
    """The user whose cost rose most, with cost now and before."""
    costs = [
        {user: total(calls) for user, calls in grouped(side, lambda call: call.user).items()}
        for side in (now, before)
    ]
    users = sorted({*costs[0], *costs[1]} - {NO_USER})
    rises = [(costs[0].get(user, Decimal(0)), costs[1].get(user, Decimal(0))) for user in users]
    if not users:
        return None
    most = max(range(len(users)), key=lambda number: rises[number][0] - rises[number][1])
    return (users[most], *rises[most])


def _class(
    world: World,
    window: Window,
    rules: Rules,
    parts: Mapping[str, float],
    suspect: tuple[str, Decimal, Decimal] | None,
    growth: float | None,
    endpoint: str,
    now: Sequence[Call],
    before: Sequence[Call],
) -> str:
    half = rules.dominant_share
    change = float(total(now) - total(before))
    good, good_before = (
        len({call.workflow_id for call in side} & world.successes) for side in (now, before)
    )
    followed = good > good_before and (
        growth is None or good - good_before >= half * growth * good_before
    )
    demand = parts["volume"] + parts["requests_per_case"]
    per_request = sum(
        parts[effect] for effect in ("attempts_per_request", "model_mix", "tokens", "price")
    )
    nothing_before = not world.between(*window.sides[1])
    if parts["price"] + parts["unknown_cost"] >= half or nothing_before:
        return "data_or_price"
    if suspect is not None:
        user, cost, old = suspect
        if (
            float(cost - old) / change >= half
            and cost >= rules.min_own_growth * old
            and not followed
            and demand >= half
            and (user == UNKNOWN_USERS or parts["volume"] >= parts["requests_per_case"])
        ):
            return "abuse"
    share = _new_version_share(world, window, rules, endpoint, now, before)
    if per_request >= half and share is not None and share >= half:
        return "deploy"
    for effect, name in (
        ("tokens", "token"),
        ("requests_per_case", "loop"),
        ("attempts_per_request", "retry_storm"),
        ("volume", "volume"),
    ):
        if parts[effect] >= half:
            return name
    return "mixed"


def _new_version_share(
    world: World,
    window: Window,
    rules: Rules,
    endpoint: str,
    now: Sequence[Call],
    before: Sequence[Call],
) -> float | None:
    since = datetime.combine(window.start, time()) - timedelta(hours=rules.new_version_hours)
    new = [
        call
        for call in now
        if (seen := world.first_seen.get((endpoint, call.prompt_version))) and seen >= since
    ]
    usual = float(total(before)) / requests(before) if requests(before) else 0.0
    excess = float(total(now)) - requests(now) * usual
    if not new or excess <= 0:
        return None
    return (float(total(new)) - requests(new) * usual) / excess
