"""Sums of costs that may be unknown, and ratios of them (spec "Unit economics")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .fields import EXACT, to_money

ZERO = to_money(Decimal(0))


@dataclass(slots=True)
class CostSum:
    """Sum of the known costs.

    NULL when there are attempts but no known cost, 0 when there is no attempt at all.
    """

    rows: int = 0
    unknown: int = 0
    known_total: Decimal = ZERO

    def add(self, cost: Decimal | None) -> None:
        """Count one attempt in."""
        self.rows += 1
        if cost is None:
            self.unknown += 1
        else:
            self.known_total = EXACT.add(self.known_total, cost)

    def take_off(self, cost: Decimal | None) -> None:
        """Count one attempt out again."""
        self.rows -= 1
        if cost is None:
            self.unknown -= 1
        else:
            self.known_total = EXACT.subtract(self.known_total, cost)

    @property
    def value(self) -> Decimal | None:
        """The sum as a mart shows it."""
        return None if self.rows and self.unknown == self.rows else self.known_total


def cost_sum(costs: Iterable[Decimal | None]) -> CostSum:
    """A CostSum of some attempts' costs."""
    total = CostSum()
    for cost in costs:
        total.add(cost)
    return total


def ratio(numerator: Decimal | None, denominator: Decimal | int | None) -> Decimal | None:
    """Exact decimal rounded half up to 12 places.

    NULL where the denominator is 0 or a part is NULL.
    """
    if numerator is None or denominator is None or denominator == 0:
        return None
    return to_money(EXACT.divide(numerator, Decimal(denominator)))


def add(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    """NULL when one of them is."""
    return None if left is None or right is None else EXACT.add(left, right)
