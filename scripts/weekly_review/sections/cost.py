"""What a resolved ticket costs, over twelve weeks."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import Any

from weekly_review import words
from weekly_review.charts import Mark, as_float, cost_line, spark
from weekly_review.review import WEEKS, Review, Section
from weekly_review.sentences import has_resolved
from weekly_review.warehouse import Row

CLASSES = {
    "fully_automated": "Fully automated",
    "partially_automated": "Partly automated",
    "agent_assisted": "Assisted",
}
MOST_MARKS = 10


def priced(rows: list[Row]) -> list[Mark]:
    """One mark a day on which prices changed."""
    marks = []
    for at, same_day in groupby(rows, key=lambda row: row.value("effective_from")):
        models = sorted({words.cut_name(row.value("model"), 20) for row in same_day})
        label = models[0] if len(models) == 1 else f"{len(models)} models"
        marks.append(Mark(f"{at}T00:00:00Z", f"price of {label}"))
    return marks


def small_multiples(review: Review) -> list[dict[str, Any]]:
    rows = review.ask("cost", "classes")
    weeks = [row.value("period_start") for row in review.ask("cost", "weeks")]
    by_class = {
        name: {
            row.value("period_start"): row for row in rows if row.value("automation_class") == name
        }
        for name in CLASSES
    }
    values = [as_float(row.value("cost_per_handled_usd")) for row in rows]
    highest = max((value for value in values if value is not None), default=None)
    found = []
    for name, title in CLASSES.items():
        series = by_class[name]
        last = series.get(weeks[-1])
        if last is not None and highest:
            line = [
                as_float(series[week].value("cost_per_handled_usd")) if week in series else None
                for week in weeks
            ]
            # One scale for the three, from zero, so that they compare.
            found.append(
                {
                    "title": title,
                    "row": last,
                    "spark": spark(line, low=0.0, high=highest, height=56),
                }
            )
    return found


def build(review: Review) -> dict[str, Any] | None:
    weeks = review.ask("cost", "weeks")
    known = [row for row in weeks if row.value("metric_value") is not None]
    if len(known) < 2:  # a line has two ends
        return None
    rate = float(review.currency.usd_per_unit)

    def shown(row: Row, column: str) -> float | None:
        value = as_float(row.value(column))
        return None if value is None else value / rate

    rows = [
        {
            "at": f"{row.value('period_start') + timedelta(days=3)}T12:00:00Z",
            "value": shown(row, "metric_value"),
            "low": shown(row, "chance_low"),
            "high": shown(row, "chance_high"),
            "judgement": row.value("judgement"),
        }
        for row in weeks
    ]
    # What happened before the first week shown would lie outside the drawing.
    first = weeks[0].value("period_start")
    releases = [
        Mark(
            f"{row.value('released_at'):%Y-%m-%dT%H:%M:%SZ}",
            words.cut_name(row.value("prompt_version"), 18),
        )
        for row in review.ask("cost", "releases")
        if row.value("released_at").date() >= first
    ][-MOST_MARKS:]
    prices = [row for row in review.ask("cost", "prices") if row.value("effective_from") >= first]
    last = known[-1]
    own = next((row for row in weeks if row.value("period_start") == review.week), None)
    target = shown(last, "target_value")
    lowest = min(known, key=lambda row: row.value("metric_value"))
    highest = max(known, key=lambda row: row.value("metric_value"))

    at_most = last.value("value_at_most") or last.value("metric_value")

    def money(row: Row) -> str:
        return words.money(row.value("metric_value"), review.currency)

    says = (
        f"Cost of a resolved ticket by week: {money(last)} last (week of"
        f" {words.day(last.value('period_start'))}), between {money(lowest)} in the"
        f" week of {words.day(lowest.value('period_start'))} and {money(highest)} in the week of"
        f" {words.day(highest.value('period_start'))}."
    )
    return {
        "weeks": weeks,
        "last": last,
        # A complete week of which the cost is not known: the line ends before it.
        "is_behind": review.is_complete and last is not own,
        "has_resolved": has_resolved(review.facts.resolved),
        # With calls without a price at the dearest, too: else it is not known to be the lowest.
        "is_lowest": last is lowest
        and all(row is last or row.value("metric_value") >= at_most for row in known),
        "highest": highest,
        "number": min(len(weeks), WEEKS),
        "chart": cost_line(
            rows,
            releases,
            priced(prices[:MOST_MARKS]),
            target,
            lambda value: words.money(value * rate, review.currency),
            review.currency.sign,
            says,
        ),
        "has_releases": bool(releases),
        "has_band": any(row["low"] is not None for row in rows),
        "has_worse": any(row["judgement"] == "worse" for row in rows),
        "classes": small_multiples(review),
        "judgements": {
            "better": "better",
            "worse": "worse",
            "within_chance": "within chance",
            "not_known": "not judged",
        },
    }


SECTION = Section(
    "cost",
    build,
    is_for_a_tenant=True,
    notes=(
        "The band is where a week would lie if only chance separated it from the week before, in 99"
        " of 100 weeks. A week outside it moved.",
        "Fully automated: no person worked on the case. Partly: the bot began and a person went on."
        " Assisted: a person answered with the help of models. Their cost is by handled case: those"
        " that a person took over are not resolved by this definition.",
        "Price changes are those of the models that support used, at the standard tier.",
    ),
)
