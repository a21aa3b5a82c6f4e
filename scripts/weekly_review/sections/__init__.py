"""The sections of the page, in its order. A new one is a file beside these and an entry here."""

from __future__ import annotations

from weekly_review.review import Section
from weekly_review.sections import (
    action,
    alerts,
    budgets,
    cost,
    coverage,
    desk,
    endpoints,
    headline,
    leaks,
    outliers,
    releases,
    spend,
    spikes,
    tenants,
    tiles,
)

SECTIONS: tuple[Section, ...] = (
    headline.SECTION,
    tiles.SECTION,
    spend.SECTION,
    cost.SECTION,
    tenants.SECTION,
    desk.SECTION,
    budgets.SECTION,
    coverage.SECTION,
    endpoints.SECTION,
    releases.SECTION,
    spikes.SECTION,
    alerts.SECTION,
    leaks.SECTION,
    outliers.SECTION,
    action.SECTION,
)
