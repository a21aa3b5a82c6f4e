"""Why spend moved: the change of the week as effects that add up to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from weekly_review import words
from weekly_review.charts import Step, waterfall
from weekly_review.review import Review, Section
from weekly_review.sentences import has_unpriced_fall, judged
from weekly_review.warehouse import Row

EFFECTS = {
    "volume": ("Number of workflows", "more workflows", "fewer workflows"),
    "requests_per_case": (
        "Requests a workflow",
        "more requests a workflow",
        "fewer requests a workflow",
    ),
    "attempts_per_request": ("Tries a request", "more tries a request", "fewer tries a request"),
    "model_mix": ("Choice of models", "dearer models", "cheaper models"),
    "tokens": ("Tokens a try", "more tokens a try", "fewer tokens a try"),
    "price": ("Price of a token", "higher prices", "lower prices"),
    "unknown_cost": (
        "Calls without a price",
        "more calls with a price",
        "fewer calls with a price",
    ),
}
# What is smaller than this part of the largest effect is shown as one.
SMALL = Decimal("0.08")


def pooled(effects: list[Row]) -> tuple[list[Row], Decimal, int]:
    most = max(abs(row.value("effect_usd")) for row in effects)
    large = [row for row in effects if abs(row.value("effect_usd")) >= SMALL * most and most]
    small = [row for row in effects if row not in large]
    if len(small) == 1:
        return effects, Decimal(0), 0
    return large, sum((row.value("effect_usd") for row in small), Decimal(0)), len(small)


def build(review: Review) -> dict[str, Any] | None:
    effects = review.ask("spend", "effects")
    if not effects or not any(row.value("effect_usd") for row in effects):
        return None

    def money(value: Any, sign: bool = False) -> str:
        return words.money(value, review.currency, sign)

    large, rest, number = pooled(effects)
    first = effects[0]
    change = first.value("change_usd")
    # Costs that are not known move nothing, so a side without any stands at 0.
    at = first.value("baseline_cost_usd") or Decimal(0)
    rate = review.currency.usd_per_unit
    steps = [Step("Week before", 0, float(at / rate), True, money(at))]
    for row in large:
        effect = row.value("effect_usd")
        label = EFFECTS[row.value("effect")][0]
        steps.append(
            Step(label, float(at / rate), float((at + effect) / rate), False, money(effect, True))
        )
        at += effect
    if number:
        steps.append(
            Step(
                f"{number} smaller ones",
                float(at / rate),
                float((at + rest) / rate),
                False,
                money(rest, True),
            )
        )
        at += rest
    steps.append(Step("This week", 0, float(at / rate), True, money(at)))
    # Of what pushed the way that spend went.
    leading = next((row for row in effects if (row.value("effect_usd") > 0) == (change > 0)), first)
    rose = leading.value("effect_usd") > 0
    what = EFFECTS[leading.value("effect")][1 if rose else 2]
    says = (
        f"Spend went from {money(first.value('baseline_cost_usd'))} to"
        f" {money(first.value('cost_usd'))}. "
        + ", ".join(f"{step.label}: {step.text}" for step in steps[1:-1])
    )
    return {
        "first": first,
        "leading": leading,
        "what": what,
        "is_up": change > 0,
        "is_flat": change == 0,
        "is_within_chance": judged(review.facts, "spend") == "within_chance",
        "is_unpriced": has_unpriced_fall(review.facts, "spend"),
        "effects": effects,
        "names": {key: one[0] for key, one in EFFECTS.items()},
        "chart": waterfall(steps, says),
        "drivers": review.ask("spend", "drivers"),
    }


SECTION = Section(
    "spend",
    build,
    is_for_an_open_week=False,
    notes=(
        "The change of spend is split into effects by endpoint that add up to it, without a rest"
        " (the logarithmic mean). Choice of models holds the whole change of what is new or gone.",
        "A workflow is the chain of requests behind one outcome of any use case: a case of support,"
        " an e-mail, a document. The desk counts the cases of support alone.",
        "A driver is an endpoint; beside it stand the customer and the prompt version that moved"
        " most on it.",
    ),
)
