"""What has to hold before anything is published. Each check yields a sentence for what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from publishing.contracts import Contract
from publishing.warehouse import Warehouse, quoted

Check = Callable[[Warehouse, Mapping[str, Contract]], Iterator[str]]

# Totals that are one number, each with the queries that have to give it: {name} is a mart.
GRAINS = ("day", "week", "month")
SAME = {
    "attempts": (
        "select count(*) from {fct_attempts}",
        "select coalesce(sum(attempts), 0) from {fct_requests}",
    ),
    "reportable spend": (
        "select sum(cost_usd) from {fct_attempts} where is_reportable",
        *(
            f"select sum(cost_usd) from {{{mart}}} where period_grain = '{grain}'"
            for mart in ("endpoint_economics", "tenant_share")
            for grain in GRAINS
        ),
    ),
    "reportable attempts": (
        "select count(*) from {fct_attempts} where is_reportable",
        *(
            "select coalesce(sum(attempts), 0) from {tenant_share}"
            f" where period_grain = '{grain}'"
            for grain in GRAINS
        ),
    ),
    "spend on cases": (
        "select coalesce(sum(cost_usd), 0) from {fct_attempts}"
        " where is_reportable and is_case_spend",
        "select coalesce(sum(cost_usd), 0) from {fct_tickets}",
        *(
            f"select coalesce(sum(ticket_cost_usd), 0) from {{{mart}}}"
            f" where period_grain = '{grain}' and segment_type = 'all'"
            for mart, grains in (
                ("cost_per_resolved_ticket", GRAINS),
                ("cost_per_deflection", GRAINS),
                ("support_scorecard", GRAINS[1:]),
            )
            for grain in grains
        ),
        *(
            "select coalesce(sum(cost_usd), 0) from {spend_bridge}"
            f" where period_grain = '{grain}' and category <> 'unattributed'"
            for grain in GRAINS
        ),
    ),
    "resolved cases": tuple(
        f"select coalesce(sum(resolved_tickets), 0) from {{{mart}}}"
        f" where period_grain = '{grain}' and segment_type = '{segment}'"
        for mart, grain, segment in (
            ("cost_per_resolved_ticket", "day", "all"),
            ("cost_per_resolved_ticket", "month", "tenant"),
            ("cost_per_deflection", "week", "intent"),
            ("support_scorecard", "month", "project"),
        )
    ),
}


def the_last_run_is_complete(warehouse: Warehouse, _: Mapping[str, Contract]) -> Iterator[str]:
    runs = quoted(warehouse.runs)
    ended = warehouse.rows(f"select coalesce(bool_and(is_finished), false) from {runs}.last_run")
    completed = warehouse.rows(
        "select 1 from information_schema.tables where table_catalog = current_database()"
        " and table_schema = $1 and table_name = 'completed_run'",
        warehouse.runs,
    )
    if not (ended[0][0] and completed):
        yield (
            "The last run did not rebuild all that it was to rebuild: it broke off, failed, or was"
            " one of a part. Run `make build`."
        )


def no_test_has_failed(warehouse: Warehouse, _: Mapping[str, Contract]) -> Iterator[str]:
    """Tests that failed when they last ran, whatever has run since."""
    for (test,) in warehouse.rows(
        f"select unique_id from {quoted(warehouse.runs)}.failed_tests order by 1"
    ):
        name = test.split(".")[2] if test.count(".") > 1 else test
        yield (
            f"The test {name} failed when it last ran. See its rows with"
            f" `dbt test --profiles-dir . --select {name}`, mend them, and build again."
        )


def every_mart_is_what_its_contract_says(
    warehouse: Warehouse, contracts: Mapping[str, Contract]
) -> Iterator[str]:
    relations = warehouse.relations()
    for name, contract in contracts.items():
        if name not in relations:
            yield f"The mart {name} is not in the warehouse: run `make build`."
            continue
        there = [column.name for column in relations[name].columns]
        differ = set(there) ^ set(contract.columns)
        if contract.columns and differ:
            yield (
                f"The mart {name} and its contract differ in {', '.join(sorted(differ))}: another"
                " version of the project built it. Run `make build`."
            )


def the_totals_agree(warehouse: Warehouse, contracts: Mapping[str, Contract]) -> Iterator[str]:
    names = {name: warehouse.named(name) for name in contracts}
    for total, queries in SAME.items():
        found = [warehouse.rows(query.format(**names))[0][0] for query in queries]
        for query, value in zip(queries[1:], found[1:], strict=True):
            if value != found[0]:
                plain = {name: name for name in contracts}
                yield (
                    f"The {total} differ: {found[0]} by `{queries[0].format(**plain)}`, {value} by"
                    f" `{query.format(**plain)}`. Run `dbt test --profiles-dir .` to see where."
                )


# In this order; what comes later needs what comes before.
CHECKS: tuple[Check, ...] = (
    the_last_run_is_complete,
    no_test_has_failed,
    every_mart_is_what_its_contract_says,
    the_totals_agree,
)


def problems(warehouse: Warehouse, contracts: Mapping[str, Contract]) -> list[str]:
    """What stands against publishing. Totals are looked at only where all marts are there."""
    found: list[str] = []
    for check in CHECKS:
        if check is the_totals_agree and found:
            break
        found += check(warehouse, contracts)
    return found
