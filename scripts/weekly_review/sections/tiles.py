"""Six numbers, each with the week before, twelve weeks, a target and a judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from weekly_review.charts import as_float, spark
from weekly_review.review import Review, Section
from weekly_review.warehouse import Row


@dataclass(frozen=True)
class Kind:
    metric: str
    title: str
    filter: str
    # What there is nothing to divide by, where the number is not known: of the week, of the one
    # before.
    why: str
    why_before: str = "no such case the week before"


KINDS = (
    Kind(
        "spend",
        "Spend on models",
        "usd",
        "no call of the week has a price",
        "no spend is known of the week before",
    ),
    Kind(
        "cost_per_resolved",
        "Cost per resolved ticket",
        "usd",
        "no ticket was resolved",
        "no ticket was resolved the week before",
    ),
    Kind(
        "deflection_rate",
        "Deflected",
        "pct",
        "no case was opened that is known to be deflected or not",
    ),
    Kind("fully_automated_share", "Fully automated", "pct", "no case of the week was resolved"),
    Kind("reopen_rate", "Reopened", "pct", "no case of the week was resolved"),
    Kind("satisfaction", "Satisfaction, of 5", "num", "nobody rated a case of the week"),
)
WORDS = {
    "better": "better",
    "worse": "worse",
    "within_chance": "within chance",
    "no_week_before": "no week before to compare",
    "too_few_cases": "too few cases to judge",
    "no_events": "too few events to judge",
    "not_complete": "the week is not complete",
    "unpriced_calls": "calls without a price may explain it",
}
UNPRICED = "no call of its tickets has a price"


@dataclass(frozen=True)
class Tile:
    kind: Kind
    row: Row | None
    spark: Markup
    word: str
    why: str
    is_worse: bool
    is_dated: bool


def tile(review: Review, kind: Kind, row: Row | None) -> Tile:
    series = [one for one in review.ask("tiles", "series") if one.value("metric") == kind.metric]
    target = None if row is None else as_float(row.value("target_value"))
    judgement = None if row is None else row.value("judgement")
    said = row.value("reason") if row is not None and judgement == "not_known" else judgement
    why, why_before = kind.why, kind.why_before
    if row is not None and kind.metric == "cost_per_resolved":
        why = UNPRICED if row.value("resolved_tickets") else why
        if row.value("resolved_tickets_before"):
            why_before = "not known for the week before"
    word = (WORDS | {"no_value": why, "no_value_before": why_before}).get(str(said), "")
    if kind.metric == "spend" and judgement in ("better", "worse"):
        # More work is no fault, so spend is not called so.
        word = "lower, beyond chance" if judgement == "better" else "higher, beyond chance"
    return Tile(
        kind,
        row,
        spark([as_float(one.value("metric_value")) for one in series], target),
        word,
        why,
        judgement == "worse",
        row is not None and row.value("period_start") != review.week,
    )


def build(review: Review) -> dict[str, Any] | None:
    latest = {row.value("metric"): row for row in review.ask("tiles", "latest")}
    if not latest:
        return None
    return {"tiles": [tile(review, kind, latest.get(kind.metric)) for kind in KINDS]}


SECTION = Section(
    "tiles",
    build,
    is_for_a_tenant=True,
    notes=(
        "Better and worse are said where chance alone moves two weeks so far apart in less than"
        " one of a hundred pairs: the log of their ratio against its standard error over the cases"
        " of both weeks, from 30 cases a week on. Chance also moves numbers with a cause. A cost is"
        " not called better where its calls without a price, each at what a call of the dearest"
        " model cost, would leave the fall to chance.",
        "Deflected, fully automated, reopened and satisfaction are of the cases opened in a week,"
        " and shown for the last week whose outcomes can no longer change. The cost of a resolved"
        " ticket is the spend of the week on cases over the cases resolved in it; until the week"
        " is mature it may still move.",
        "Four weeks: the four before the week shown, as one. Targets are those of"
        " seeds/reference/metric_targets.csv.",
        "How much the spend of a week still moves after it is not known: the facts do not keep when"
        " a call arrived.",
    ),
)
