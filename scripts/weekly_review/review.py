"""One review: its week, customer and currency, and what its sections ask of the warehouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from publishing.weeks import not_there

from weekly_review import words
from weekly_review.sentences import Story, Week, is_known, tell
from weekly_review.warehouse import Query, ReviewError, Row, Warehouse, named_queries

SECTIONS = Path(__file__).resolve().parent / "sections"
WEEKS = 12


@dataclass(frozen=True)
class Section:
    """A part of the page: `sections/<name>.py` and `.sql`, `templates/sections/<name>.html`.

    `build` gives the template what it shows, or None where there is nothing to say. What cannot be
    restricted to one customer is left out of a customer's page, not shown whole. `notes` are the
    definitions that its numbers rest on.
    """

    name: str
    build: Callable[[Review], dict[str, Any] | None]
    is_for_a_tenant: bool = False
    is_for_an_open_week: bool = True
    notes: tuple[str, ...] = ()


@dataclass
class Review:
    warehouse: Warehouse
    week: date
    tenant: str | None = None
    currency: words.Currency = field(default_factory=words.Currency)
    company: str | None = None
    # A warehouse that holds no week at all.
    is_empty: bool = False
    answers: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "week": self.week,
            "week_end": self.week + timedelta(days=7),
            "previous_week": self.week - timedelta(days=7),
            "first_week": self.week - timedelta(days=7 * (WEEKS - 1)),
            "tenant": self.tenant,
            "segment_type": "tenant" if self.tenant else "all",
            "segment_value": self.tenant or "all",
        }

    def ask(self, section: str, query: str) -> list[Row]:
        """The rows of a named query of a section, asked once."""
        name = f"{section}.{query}"
        if name not in self.answers:
            sql = named_queries(SECTIONS / f"{section}.sql")[query]
            self.answers[name] = self.warehouse.ask(name, sql, self.parameters)
        return self.answers[name]

    def ask_one(self, section: str, query: str) -> Row | None:
        rows = self.ask(section, query)
        return rows[0] if rows else None

    def queries_of(self, section: str) -> list[Query]:
        return [
            query for name, query in self.warehouse.asked.items() if name.split(".")[0] == section
        ]

    @cached_property
    def clock(self) -> Row | None:
        return self.ask_one("headline", "week")

    @property
    def is_complete(self) -> bool:
        return self.clock is not None and bool(self.clock.value("is_complete"))

    @property
    def as_of(self) -> datetime | None:
        return None if self.clock is None else self.clock.value("as_of")

    @cached_property
    def facts(self) -> Week:
        company = self.tenant is None
        return Week(
            start=self.week,
            end=self.week + timedelta(days=7),
            as_of=self.as_of,
            is_complete=self.is_complete,
            first_call=None if self.clock is None else self.clock.value("first_call"),
            metrics={row.value("metric"): row for row in self.ask("headline", "metrics")},
            endpoint_changes=self.ask("spend", "endpoint_changes") if company else (),
            spikes=self.ask("spikes", "spikes") if company else (),
            spikes_before=self.ask("spikes", "spikes_before") if company else (),
            bursts=self.ask("spikes", "bursts") if company else (),
            releases=self.ask("releases", "releases") if company else (),
            pricing=self.ask_one("headline", "pricing"),
            resolved=self.ask_one("headline", "attribution"),
            resolved_before=self.ask_one("headline", "before"),
            opened=self.ask_one("headline", "maturity"),
            is_of_a_tenant=not company,
        )

    @cached_property
    def story(self) -> Story:
        if self.is_empty:
            return Story(
                [], ["There is no telemetry yet, so there is nothing to tell."], [], None, True
            )
        return tell(self.facts)


def last_complete_week(warehouse: Warehouse) -> date | None:
    """The newest week that is complete; without one the newest. None: there is no week at all."""
    rows = warehouse.ask(
        "review.week",
        """
        select coalesce(max(period_start) filter (where is_complete), max(period_start)) as week
        from week_on_week
        where segment_type = 'all' and metric = 'spend'
        """,
        {},
        is_shown=False,
    )
    week = rows[0].value("week")
    return week if isinstance(week, date) else None


def check_week(warehouse: Warehouse, week: date) -> date | None:
    """A week between the first call and the moment of the data, with calls or without. None: the
    warehouse has no week at all."""
    rows = warehouse.ask(
        "review.weeks",
        "select min(period_start) as first, max(period_start) as last from dim_periods"
        " where period_grain = 'week'",
        {},
        is_shown=False,
    )
    if not is_known(rows[0], "first"):
        return None
    first, last = rows[0].value("first"), rows[0].value("last")
    if not first <= week <= last:
        raise ReviewError(not_there(week, first, last))
    return week


def find_currency(warehouse: Warehouse, code: str, week: date) -> words.Currency:
    """The rate of a currency at the end of the week."""
    wanted = code.strip().upper() or "USD"
    if wanted == "USD":
        return words.Currency()
    rows = warehouse.ask(
        "review.currency",
        "select upper(currency) as currency, valid_from, usd_per_unit"
        " from stg_reference__exchange_rates order by currency, valid_from",
        {},
    )
    known = sorted({row.value("currency") for row in rows})
    valid = [
        row
        for row in rows
        if row.value("currency") == wanted and row.value("valid_from") < week + timedelta(days=7)
    ]
    if not valid:
        listed = ", ".join(known) if known else "none yet"
        raise ReviewError(
            f"There is no rate for {wanted} in the week of {week}."
            f" Rates are in seeds/reference/exchange_rates.csv ({listed}); USD needs none."
        )
    return words.Currency(wanted, Decimal(valid[-1].value("usd_per_unit")))


def check_tenant(warehouse: Warehouse, tenant: str) -> str | None:
    """The name of a customer, of whom there has to be a call or a ticket."""
    rows = warehouse.ask(
        "review.tenant",
        "select tenants.tenant_name from ("
        "select tenant_id from tenant_share union select tenant_id from fct_tickets) as known"
        " left join dim_tenants as tenants on known.tenant_id = tenants.tenant_id"
        " where known.tenant_id = $tenant limit 1",
        {"tenant": tenant},
    )
    if not rows:
        raise ReviewError(
            f"There is no call and no ticket of a tenant {tenant!r}. `select distinct tenant_id"
            " from marts.tenant_share` lists those with calls."
        )
    name = rows[0].value("tenant_name")
    return None if name is None else str(name)
