"""Invoices, and the moments at which budgets were spent: both follow from the attempts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from demo_company.incidents import Incident
from demo_company.records import Attempt, Company, Invoice
from demo_company.reference import Reference

CENT = Decimal("0.01")


def make_invoices(company: Company, rng: Random) -> None:
    """What providers billed: our own count, a little more or less, and a credit now and then."""
    totals: dict[tuple[str, str, str], Decimal] = {}
    for each in company.llm_requests:
        key = (str(each.occurred_at)[:7], str(each.provider), str(each.model))
        totals[key] = totals.get(key, Decimal(0)) + each.price_usd
    for (month, provider, model), total in sorted(totals.items()):
        billed = (total * Decimal(rng.randint(992, 1_018)) / 1_000).quantize(CENT)
        credit = (billed / 20).quantize(CENT) if rng.random() < 0.1 else Decimal("0.00")
        company.provider_invoices.append(
            Invoice(provider, month, model, f"{billed}", f"{credit}", "USD")
        )
    for month in sorted({key[0] for key in totals}):  # not by model: web search, storage
        company.provider_invoices.append(Invoice("openai", month, None, "0.40", "0.00", "USD"))


def budget_crossings(company: Company, reference: Reference) -> list[Incident]:
    """Every budget of dollars and period that was spent to 100 %, at the attempt that did it."""
    spent: dict[tuple[str, date], Decimal] = {}
    found: list[Incident] = []
    attempts = sorted(_reportable(company.llm_requests), key=lambda pair: (pair[0], pair[1].order))
    for at, each in attempts:
        cost = _cost_usd(each)
        for budget in _budgets_on(reference, at.date()):
            if not _in_scope(budget, each, reference):
                continue
            start, end = _period(budget["period"], at.date())
            key = (budget["budget_id"], start)
            before = spent.get(key, Decimal(0))
            spent[key] = before + cost
            amount = _amount_usd(budget, start, end, reference)
            if before < amount <= spent[key]:
                found.append(_crossing(budget, at, end, amount))
    return [
        replace(each, incident_id=f"B{number:02d}") for number, each in enumerate(found, start=1)
    ]


def _cost_usd(each: Attempt) -> Decimal:
    """What counts: the reported cost in dollars, else the list price with its fees."""
    in_dollars = each.reported_cost if each.reported_cost_currency == "USD" else None
    reported = each.reported_cost_usd or in_dollars
    return Decimal(reported) if reported else each.price_usd


def _budgets_on(reference: Reference, day: date) -> Iterable[dict[str, str]]:
    """Of the rows of one budget, the newest that was in force when the period began."""
    valid: dict[str, dict[str, str]] = {}
    for row in (row for row in reference.tables["budgets"] if row["amount_usd"]):
        start, _ = _period(row["period"], day)
        if date.fromisoformat(row["effective_from"]) <= start:
            newest = valid.get(row["budget_id"], row)
            valid[row["budget_id"]] = max(newest, row, key=lambda each: each["effective_from"])
    return valid.values()


def _amount_usd(budget: dict[str, str], start: date, end: date, reference: Reference) -> Decimal:
    """The amount of a period: a day in a peak window has its factor, the period their mean."""
    days = (end - start).days
    factors = Decimal(days)
    for window in reference.tables["peak_windows"]:
        if all(window[name] == budget[name] for name in ("scope_type", "scope_value")):
            first = max(start, date.fromisoformat(window["starts_on"]))
            last = min(end, date.fromisoformat(window["ends_on"]) + timedelta(days=1))
            factors += (Decimal(window["amount_factor"]) - 1) * max(0, (last - first).days)
    return Decimal(budget["amount_usd"]) * factors / days


def _reportable(attempts: Iterable[Attempt]) -> list[tuple[datetime, Attempt]]:
    return [
        (datetime.fromisoformat(each.occurred_at), each)
        for each in attempts
        if each.data_mode == "real" and each.environment == "prod" and each.occurred_at
    ]


def _in_scope(budget: dict[str, str], each: Attempt, reference: Reference) -> bool:
    endpoint = reference.endpoints[each.canonical_tag]
    owner = {
        "workspace": "all",
        "use_case": endpoint["use_case"],
        "endpoint": each.canonical_tag,
        "tenant": each.home_tenant,
        "intent": each.intent,
    }[budget["scope_type"]]
    risk = reference.intents.get(each.intent or "", endpoint)["risk_level"]
    return budget["scope_value"] == owner and budget["risk_level"] in ("", risk)


def _period(period: str, day: date) -> tuple[date, date]:
    if period == "daily":
        return day, day + timedelta(days=1)
    if period == "weekly":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _crossing(budget: dict[str, str], at: datetime, end: date, amount: Decimal) -> Incident:
    scope, value = budget["scope_type"], budget["scope_value"]
    return Incident(
        "",
        "budget_crossed",
        at,
        datetime(end.year, end.month, end.day, tzinfo=UTC),
        value if scope == "endpoint" else "",
        "",
        value if scope == "tenant" else "",
        "",
        "",
        round(float(amount), 6),
        f"USD a period ({budget['period']})",
        "none",
        f"{budget['budget_id']}: the {budget['period']} budget of {scope} {value} is spent",
    )
