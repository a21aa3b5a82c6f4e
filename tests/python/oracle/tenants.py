"""Share of spend by tenant and how concentrated it is (design section 7, spec "Unit economics")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .attempts import Attempt
from .money import CostSum
from .unit_economics import periods


def tenant_records(
    attempts: Sequence[Attempt],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of the share and of the concentration, over all reportable spend of all use cases."""
    sums: defaultdict[tuple[str, date], defaultdict[str, CostSum]] = defaultdict(
        lambda: defaultdict(CostSum)
    )
    for attempt in attempts:
        if attempt.is_reportable:
            for period in periods(attempt.request_date):
                sums[period][attempt.tenant_id or "unknown"].add(attempt.cost_usd)
    shares: list[dict[str, Any]] = []
    concentrations: list[dict[str, Any]] = []
    for (grain, start), tenants in sorted(sums.items()):
        keys = {"period_grain": grain, "period_start": start}
        costs = {tenant: total.value for tenant, total in tenants.items()}
        shares.extend({**keys, **record} for record in share_rows(costs))
        concentrations.append({**keys, **concentration(list(costs.values()))})
    return shares, concentrations


def share_rows(costs: dict[str, Decimal | None]) -> list[dict[str, Any]]:
    """Ranked by cost, then tenant_id; an unknown cost ranks last, has no share and adds nothing."""
    total = sum((Fraction(cost) for cost in costs.values() if cost is not None), Fraction(0))
    ranked = sorted(costs.items(), key=lambda item: (item[1] is None, -(item[1] or 0), item[0]))
    rows: list[dict[str, Any]] = []
    running = Fraction(0)
    for rank, (tenant, cost) in enumerate(ranked, start=1):
        running += Fraction(cost or 0)
        rows.append(
            {
                "tenant_id": tenant,
                "cost_usd": cost,
                "spend_share": float(Fraction(cost) / total)
                if total and cost is not None
                else None,
                "spend_rank": rank,
                "cumulative_share": float(running / total) if total else None,
            }
        )
    return rows


def concentration(costs: Sequence[Decimal | None]) -> dict[str, Any]:
    """HHI, effective tenants, Gini, top shares over known costs.

    All NULL when nothing was spent.
    """
    known = sorted(Fraction(cost) for cost in costs if cost is not None)
    total = sum(known, Fraction(0))
    names = ("top_1_share", "top_5_share", "hhi", "effective_tenants", "gini")
    if not total:
        return {"tenants": len(costs), **dict.fromkeys(names)}
    shares = [cost / total for cost in known]
    hhi = sum((share * share for share in shares), Fraction(0))
    n = len(shares)
    weighted = sum((index * share for index, share in enumerate(shares, start=1)), Fraction(0))
    gini = 2 * weighted / n - Fraction(n + 1, n)
    values = (shares[-1], sum(shares[-5:], Fraction(0)), hhi, 1 / hhi, gini)
    return {
        "tenants": len(costs),
        **{name: float(value) for name, value in zip(names, values, strict=True)},
    }
