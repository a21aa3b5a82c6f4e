"""Random streams, calendar rhythm and ids: everything that decides when and under which name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")

FIRST_DAY = date(2026, 7, 6)  # a Monday
DAYS = 16 * 7
START = datetime.combine(FIRST_DAY, time(), UTC)
END = START + timedelta(days=DAYS)  # exclusive: the export is taken at this moment

# Share of a day's requests by UTC hour: almost nobody at 04:00, peaks at 11:00, 15:00 and 19:00.
HOUR_WEIGHTS = (
    2.0, 1.2, 0.7, 0.4, 0.25, 0.5, 1.4, 3.0, 4.8, 5.9, 6.4, 6.8,
    5.6, 5.5, 6.3, 6.9, 6.3, 5.6, 5.9, 6.6, 5.8, 5.0, 4.0, 3.0,
)  # fmt: skip
OFFICE_HOUR_WEIGHTS = (
    0.3, 0.2, 0.2, 0.1, 0.1, 0.2, 1.5, 4.5, 8.5, 10.0, 10.5, 9.5,
    6.5, 8.0, 10.0, 9.5, 7.5, 5.0, 2.5, 1.8, 1.2, 0.9, 0.6, 0.4,
)  # fmt: skip
WEEKDAY_WEIGHTS = (1.22, 1.18, 1.14, 1.10, 1.04, 0.70, 0.62)  # Monday first
OFFICE_WEEKDAY_WEIGHTS = (1.35, 1.35, 1.35, 1.3, 1.2, 0.25, 0.2)

BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
HEX = "0123456789abcdef"


def stream(seed: int, *names: object) -> Random:
    """An independent generator for one purpose: its name alone decides what it draws."""
    return Random("/".join(str(part) for part in (seed, *names)))


def token(rng: Random, prefix: str, length: int, alphabet: str = BASE32) -> str:
    return prefix + "".join(alphabet[int(rng.random() * len(alphabet))] for _ in range(length))


def pick(rng: Random, values: Sequence[T], weights: Sequence[float]) -> T:
    return rng.choices(values, weights=weights)[0]


def lognormal(rng: Random, median: float, sigma: float) -> float:
    return median * math.exp(rng.gauss(0.0, sigma))


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def days() -> Iterator[date]:
    for offset in range(DAYS):
        yield FIRST_DAY + timedelta(days=offset)


def starts_of_day(
    rng: Random, day: date, per_week: float, office: bool = False
) -> Iterator[datetime]:
    """Start times of the day's workflows: weekday and hour rhythm, no growth, a little noise."""
    weekdays = OFFICE_WEEKDAY_WEIGHTS if office else WEEKDAY_WEIGHTS
    hours = OFFICE_HOUR_WEIGHTS if office else HOUR_WEIGHTS
    expected = per_week / 7 * weekdays[day.weekday()] * rng.uniform(0.92, 1.08)
    count = int(
        expected + rng.random()
    )  # the fraction is a chance, so small use cases keep their mean
    midnight = datetime.combine(day, time(), UTC)
    seconds = sorted(
        pick(rng, range(24), hours) * 3600 + int(rng.random() * 3600) for _ in range(count)
    )
    for second in seconds:
        yield midnight + timedelta(seconds=second)
