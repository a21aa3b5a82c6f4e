"""Spikes and bursts: one card each."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section
from weekly_review.sentences import DECISIONS, Finding, about, capital, findings

NAMES = {
    "deploy": "A release",
    "token": "More tokens",
    "abuse": "Abuse",
    "volume": "More work",
    "loop": "A loop",
    "retry_storm": "A retry storm",
    "failing": "A burst that fails",
    "dearer_models": "Dearer models",
    "data_or_price": "Data or prices",
    "mixed": "Several reasons",
}


def card(finding: Finding) -> dict[str, Any]:
    return {
        "name": NAMES.get(finding.kind, NAMES["mixed"]),
        "row": finding.row,
        "is_burst": "burst_kind" in finding.row,
        "cause": capital(finding.cause),
        "remedy": about(finding, DECISIONS),
    }


def build(review: Review) -> dict[str, Any] | None:
    cards = [card(finding) for finding in findings(review.facts)]
    return {"cards": cards[:6], "left_out": len(cards) - 6} if cards else None


SECTION = Section(
    "spikes",
    build,
    is_for_an_open_week=False,
    notes=(
        "A spike is an endpoint whose spend of the week rose beyond chance, and by enough to matter"
        " (seeds/reference/spend_spike_rules.csv); its class is the first rule that holds. A"
        " burst is an hour far above the endpoint's own 28 days. A burst on an endpoint with a"
        " spike is told with it.",
    ),
)
