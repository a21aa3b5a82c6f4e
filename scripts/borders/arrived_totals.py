"""Arrived: telemetry, invoices and tickets speak of the same calls and cases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import great_expectations.expectations as gxe
import pandas as pd

from borders.chance import is_more
from borders.judging import among, judged
from borders.suite import Settings, Suite, Warehouse

# Of a month that is over, by provider: what is known of its calls, whatever their scope, and what
# the invoice says. A provider is called the same in both by the aliases of the price book.
INVOICES = """
    with billed as (

        select
            coalesce(aliases.provider, invoices.provider) as provider,
            date_trunc('month', billing_month)::date as billed_month,
            sum(coalesce(billed_usd, 0) - coalesce(credit_usd, 0)) as billed_usd
        from arrived_provider_invoices as invoices
        left join stg_reference__provider_aliases as aliases on invoices.provider = aliases.alias
        where invoices.provider is not null and coalesce(currency, 'USD') = 'USD'
        group by all

    ),

    told as (

        select provider, date_trunc('month', request_date)::date as billed_month,
            sum(cost_usd) as told_usd, min(request_date) as first_day
        from fct_attempts
        where provider is not null
        group by all

    )

    select
        coalesce(billed.provider, told.provider) as provider,
        coalesce(billed.billed_month, told.billed_month) as billed_month,
        billed_usd,
        told_usd,
        count(billed_usd) over (partition by coalesce(billed.provider, told.provider)) as invoices,
        -- The month in which telemetry begins is known from then on only.
        coalesce(told.billed_month, billed.billed_month) > (
            select date_trunc('month', min(request_date)) from fct_attempts
        ) as is_whole,
        date_diff(
            'day',
            (coalesce(billed.billed_month, told.billed_month) + interval 1 month)::date,
            $as_of::date
        ) as days_since
    from billed
    full outer join told using (provider, billed_month)
    where coalesce(billed.billed_month, told.billed_month) + interval 1 month <= $as_of::date
    order by all
"""
CASES = """
    select
        (date_diff('day', first_attempt_at::date, $as_of::date) - 1) // $days = 0 as is_judged,
        count(*) as cases,
        count(*) filter (not is_in_helpdesk) as part
    from fct_tickets
    where workflow_kind = 'ticket'
        and first_attempt_at < $as_of::date
        and first_attempt_at >= $as_of::date - to_days(($weeks + 1) * $days)
    group by all
"""
TICKETS = """
    select
        (date_diff('day', opened_at::date, $as_of::date) - 1) // $days = 0 as is_judged,
        count(*) as cases,
        count(*) filter (attempts = 0) as part
    from fct_tickets
    where is_in_helpdesk
        and opened_at < $as_of::date
        and opened_at >= $as_of::date - to_days(($weeks + 1) * $days)
    group by all
"""


class ExpectAnInvoiceLikeTelemetry(
    gxe.ExpectColumnPairValuesAToBeGreaterThanB  # type: ignore[misc]
):
    or_equal: bool = True


class ExpectAnInvoice(gxe.ExpectColumnValuesToNotBeNull):  # type: ignore[misc]
    column: str = "billed_usd"
    description: str = "A provider that sends invoices has sent one for each month with spend."


class ExpectNoMoreThanBefore(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    column: str = "more_than_before"


def invoice_rows(warehouse: Warehouse) -> list[dict[str, Any]]:
    limits = warehouse.settings.rules["invoice_total"].limits
    missing = warehouse.settings.rules["invoice_missing"].limits
    apart = Decimal(str(limits["most_apart"]))
    rows = []
    for provider, month, billed, told, invoices, is_whole, days in warehouse.connection.execute(
        INVOICES, {"as_of": warehouse.as_of}
    ).fetchall():
        is_large = max(billed or 0, told or 0) >= Decimal(str(limits["least_billed_usd"]))
        row: dict[str, Any] = {
            "what": f"{provider}, {month:%Y-%m}",
            "kind": "invoice_total",
            "enough": is_large and billed is not None and told is not None and is_whole,
            "billed_usd": billed,
            "told_usd": told,
        }
        if row["enough"]:
            row |= {"least_usd": billed * (1 - apart), "most_usd": billed * (1 + apart)}
        is_due = is_large and is_whole and invoices > 0 and days >= missing["days_after_month"]
        rows += [row, row | {"kind": "invoice_missing", "enough": is_due}]
    return rows


def share_row(warehouse: Warehouse, rule: str, sql: str) -> dict[str, Any]:
    settings = warehouse.settings
    counts = {
        bool(is_judged): (cases, part)
        for is_judged, cases, part in warehouse.connection.execute(
            sql,
            {
                "as_of": warehouse.as_of,
                "days": settings.judged_days,
                "weeks": settings.reference_weeks,
            },
        ).fetchall()
    }
    (cases, part), (before, part_before) = counts.get(True, (0, 0)), counts.get(False, (0, 0))
    enough = min(cases, before) >= settings.rules[rule].limits["least_rows"]
    row: dict[str, Any] = {
        "what": rule.replace("_", " "),
        "kind": rule,
        "enough": enough,
        "cases": cases,
        "part": part,
        "is_beyond_chance": False,
    }
    if enough:
        row["more_than_before"] = part / cases - part_before / before
        row["is_beyond_chance"] = is_more(part, cases, part_before, before, settings.confidence)
    return row


def measure(warehouse: Warehouse) -> pd.DataFrame:
    rows = invoice_rows(warehouse) if "provider_invoices" in warehouse.readable else []
    rows.append(share_row(warehouse, "spend_on_unknown_tickets", CASES))
    rows.append(share_row(warehouse, "tickets_without_attempts", TICKETS))
    return judged(
        rows,
        *("kind", "billed_usd", "told_usd", "least_usd", "most_usd"),
        *("cases", "part", "more_than_before", "is_beyond_chance"),
    )


def expect(settings: Settings) -> list[tuple[str, Any]]:
    invoices = {"row_condition": among(kind="invoice_total")}
    return [
        (
            "invoice_total",
            ExpectAnInvoiceLikeTelemetry(
                column_A="told_usd",
                column_B="least_usd",
                description="Telemetry tells of nearly all that the invoice bills.",
                **invoices,
            ),
        ),
        (
            "invoice_total",
            ExpectAnInvoiceLikeTelemetry(
                column_A="most_usd",
                column_B="told_usd",
                description="The invoice bills nearly all that telemetry tells of.",
                **invoices,
            ),
        ),
        (
            "invoice_missing",
            ExpectAnInvoice(
                row_condition=among(kind="invoice_missing"),
            ),
        ),
        *(
            (
                rule,
                ExpectNoMoreThanBefore(
                    max_value=settings.rules[rule].limits["most_more"],
                    description=description,
                    row_condition=among(is_beyond_chance=True, kind=rule),
                ),
            )
            for rule, description in (
                (
                    "spend_on_unknown_tickets",
                    "The help desk knows the tickets that calls were made for.",
                ),
                (
                    "tickets_without_attempts",
                    "Telemetry has calls for the tickets of the help desk.",
                ),
            )
        ),
    ]


SUITE = Suite(
    "arrived_totals",
    "arrived",
    "Do telemetry, invoices and tickets speak of the same?",
    measure,
    expect,
)
