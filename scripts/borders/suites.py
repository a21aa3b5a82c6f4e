"""All suites, in the order in which data passes the borders."""

from __future__ import annotations

from borders import (
    arrived_distributions,
    arrived_fields,
    arrived_tables,
    arrived_totals,
    arrived_volumes,
    published_columns,
    published_numbers,
    published_totals,
)

SUITES = tuple(
    module.SUITE
    for module in (
        arrived_tables,
        arrived_volumes,
        arrived_fields,
        arrived_distributions,
        arrived_totals,
        published_columns,
        published_totals,
        published_numbers,
    )
)
