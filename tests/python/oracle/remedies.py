"""What remedies save, and what they may cost (DECISIONS.md, "Remedies and what they risk")."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from . import operations as again
from .attempts import Attempt
from .cases import Workflow
from .money import CostSum
from .pricing import model_tier, price_row, priced_cost
from .reference import Price, Reference
from .threads import Call, over_cap, repeats
from .unit_economics import period_start

Row = dict[str, Any]
Written = dict[tuple[date, str | None, str], Counter[str]]
ORDER: Final = (
    "throttle_unknown_users", "fewer_retries", "repeated_tool_calls", "output_cap", "history_cap",
    "allowed_tier",
)  # fmt: skip
REFUSING: Final = ORDER[:2]
AVOIDING: Final = ORDER[:3]
KEYS: Final = ("period_start", "endpoint_tag", "remedy")
NOT_COMPARED: Final = ("pending", "reopened", "excluded", "unknown")
SAFE: Final = ("no_better_than_the_rest", "no_answer_lost", "no_resolved_case_loses_one")
AT_RISK: Final = ("better_outcomes", "better_ratings", "resolved_cases_lose_answers")
Z: Final = 1.959963984540054


def written_by_month(attempts: Iterable[Attempt], reference: Reference) -> Written:
    """Output tokens by month, provider and tier of models, and model."""
    written: defaultdict[tuple[date, str | None, str], Counter[str]] = defaultdict(Counter)
    for attempt in attempts:
        tier = model_tier(reference, attempt.provider, attempt.model)
        seller, name = again.price_book_names(attempt, reference)
        if tier is not None and name is not None and attempt.tokens["output_tokens"]:
            month = period_start("month", attempt.request_date)
            written[(month, seller, tier)][name] += attempt.tokens["output_tokens"]
    return dict(written)


def replacement(written: Written, attempt: Attempt, reference: Reference, tier: str) -> str | None:
    """The model of a tier that wrote most in the month of an attempt, of the same provider."""
    seller, _ = again.price_book_names(attempt, reference)
    candidates = written.get((period_start("month", attempt.request_date), seller, tier), Counter())
    return min(candidates, key=lambda name: (-candidates[name], name), default=None)


def limit(options: Mapping[str, Any], name: str, tag: str) -> int | None:
    """A limit by endpoint, or one for all."""
    setting = options[name]
    if isinstance(setting, Mapping):
        found: int | None = setting.get(tag, setting.get("default"))
        return found
    return None if setting is None else int(setting)


def refused(attempts: Sequence[Attempt], options: Mapping[str, Any]) -> set[int]:
    """Calls of unknown users that an hour's limits do not let through."""
    hours: defaultdict[tuple[Any, ...], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.tenant_id is None:
            hour = attempt.occurred_at.replace(minute=0, second=0, microsecond=0)
            hours[(hour, attempt.endpoint_tag or "unknown")].append(attempt)
    found: set[int] = set()
    for (_, tag), own in hours.items():
        own.sort(key=lambda one: (one.occurred_at, one.request_id, one.attempt_index))
        calls: Counter[Any] = Counter()
        tokens: Counter[Any] = Counter()

        def is_full(who: Any, kind: str, tag: str = tag, seen: Any = (calls, tokens)) -> bool:
            limits = [
                limit(options, f"throttle_{kind}_{name}", tag) for name in ("calls", "tokens")
            ]
            return any(
                counts[who] >= most
                for most, counts in zip(limits, seen, strict=True)
                if most is not None
            )

        for attempt in own:
            user, size = attempt.row.get("user_id"), again.tokens(attempt) or 0
            over = user is not None and is_full(("user", user), "user")
            if over or is_full("all", "endpoint"):
                found.add(id(attempt))
            calls[("user", user)] += 1
            tokens[("user", user)] += size
            if not over:
                calls["all"] += 1
                tokens["all"] += size
    return found


@dataclass
class Reached:
    """A call and a remedy that reaches it."""

    attempt: Attempt
    saving: Decimal | None
    in_order: Decimal | None


def reached_by(
    attempts: Sequence[Attempt],
    reference: Reference,
    limits: again.Limits,
    options: Mapping[str, Any],
) -> dict[str, list[Reached]]:
    """Every remedy with the calls that it reaches."""
    throttled, written = refused(attempts, options), written_by_month(attempts, reference)
    calls = [Call(attempt, reference, ()) for attempt in attempts]
    is_repeated = repeats([call for call in calls if call.attempt.row.get("tool_name") is not None])
    found: dict[str, list[Reached]] = {remedy: [] for remedy in ORDER}
    for call in calls:
        attempt, out = call.attempt, call.attempt.tokens["output_tokens"] or 0
        is_avoided = False
        has_tool = attempt.row.get("tool_name") is not None
        for remedy, avoids in zip(
            AVOIDING,
            (
                id(attempt) in throttled,
                attempt.attempt_index > options["remedy_max_retries"] + 1,
                has_tool and is_repeated(call),
            ),
            strict=True,
        ):
            if avoids:
                cost = attempt.cost_usd
                found[remedy].append(Reached(attempt, cost, Decimal(0) if is_avoided else cost))
                is_avoided = True
        most = limits.output_caps.get(attempt.endpoint_tag or "")
        cut = max(0, out - most) if most is not None else 0
        in_thread = attempt.workflow_id is not None and call.sent_turn is not None
        history = over_cap(call, options) if in_thread else 0
        caps: list[tuple[str, int, Decimal | None]] = [
            ("output_cap", cut, written_cost(call.price, cut)),
            ("history_cap", history, call.cost_of_removed(history)),
        ]
        for remedy, tokens, saving in caps:
            if tokens:
                in_order = Decimal(0) if is_avoided else saving
                found[remedy].append(Reached(attempt, saving, in_order))
        if again.over_tier(attempt, reference, limits):
            allowed = again.allowed_tier(attempt, limits)[2]
            assert allowed is not None
            cheaper = replaced(call, reference, replacement(written, attempt, reference, allowed))
            price = priced_as(call, cheaper)
            saving = None
            if price is not None and attempt.priced_cost_usd is not None:
                saving = attempt.priced_cost_usd - price
            less = saving
            if saving is not None and cheaper is not None:
                less = saving - sum((s for _, n, s in caps if n and s is not None), Decimal(0))
                dear, call.price = call.price, cheaper
                less += (call.cost_of_removed(history) or 0) + (written_cost(cheaper, cut) or 0)
                call.price = dear
            found["allowed_tier"].append(
                Reached(attempt, saving, Decimal(0) if is_avoided else less)
            )
    return found


def written_cost(price: Price | None, tokens: int) -> Decimal | None:
    """What output tokens cost."""
    return None if price is None else tokens * (price.output_price or Decimal(0)) / 10**6


def replaced(call: Call, reference: Reference, model: str | None) -> Price | None:
    """The price of another model on the day of a call."""
    attempt = call.attempt
    seller, _ = again.price_book_names(attempt, reference)
    size = attempt.tokens["input_tokens"] or 0
    return price_row(reference, seller, model, attempt.service_tier, attempt.request_date, size)


def priced_as(call: Call, price: Price | None) -> Decimal | None:
    """The tokens of a call at another price."""
    tokens = call.attempt.tokens
    return priced_cost(
        price,
        tokens["input_tokens"],
        tokens["cached_input_tokens"],
        tokens["cache_write_tokens"],
        tokens["output_tokens"],
        tokens["cache_write_1h_tokens"],
    )


def verdict(reason: str) -> str:
    """What a reason stands for."""
    if reason in (*SAFE, "not_applicable"):
        return "safe"
    return "at_risk" if reason in AT_RISK else "cannot_tell"


def judged(low: float, high: float, most: float, better: str) -> str:
    """A difference, affected less the rest, by its bounds."""
    if high <= most:
        return "no_better_than_the_rest"
    return better if low > 0 else "too_uncertain"


def has_outcome(workflow: Workflow) -> bool:
    """An outcome that can be compared."""
    return workflow.is_success is not None and workflow.outcome not in NOT_COMPARED


def rating(workflow: Workflow) -> int | None:
    """What the customer said, of a support case."""
    return workflow.case.ticket.csat if workflow.case and workflow.case.ticket else None


@dataclass
class Guard:
    """The affected against the rest."""

    columns: Row
    outcome: str
    csat: str


def share_variance(successes: int, cases: int) -> float:
    """Of a share, with a success and a failure more."""
    share = (successes + 1) / (cases + 2)
    return share * (1 - share) / (cases + 2)


def guard(
    affected: Sequence[Workflow], rest: Sequence[Workflow], options: Mapping[str, Any]
) -> Guard:
    """What the difference of outcomes and of ratings says."""
    least = options["remedy_min_cases"]
    sides = (affected, rest)
    compared, successes, others = 0, 0, 0
    expected = variance = 0.0
    rated: tuple[list[int], list[int]] = ([], [])
    for intent in sorted({workflow.intent or "unknown" for workflow in affected}):
        own = [[w for w in side if (w.intent or "unknown") == intent] for side in sides]
        ratings = [[r for w in side if (r := rating(w)) is not None] for side in own]
        if all(ratings):
            rated[0].extend(ratings[0])
            rated[1].extend(ratings[1])
        known = [[w for w in side if has_outcome(w)] for side in own]
        a, r = len(known[0]), len(known[1])
        if a == 0 or r < 5:
            continue
        won = [sum(bool(w.is_success) for w in side) for side in known]
        compared, successes, others = compared + a, successes + won[0], others + r
        expected += a * (won[1] / r)
        variance += float(a) * a * (share_variance(won[0], a) + share_variance(won[1], r))
    known_cases = sum(has_outcome(w) for w in affected)
    columns: Row = dict.fromkeys(
        f"{name}_{part}" for name in ("success", "csat") for part in ("difference", "low", "high")
    )
    columns |= {"affected_success_share": None, "rest_success_share": None}
    if compared:
        columns["affected_success_share"] = successes / compared
        columns["rest_success_share"] = expected / compared
        difference = successes / compared - expected / compared
        margin = Z * math.sqrt(variance) / compared
        columns |= {
            "success_difference": difference,
            "success_low": difference - margin,
            "success_high": difference + margin,
        }
    means = [sum(side) / len(side) if side else None for side in rated]
    columns |= {"affected_csat": means[0], "rest_csat": means[1]}
    if means[0] is not None and means[1] is not None:
        columns["csat_difference"] = means[0] - means[1]
        if min(map(len, rated)) >= least:
            squares = 0.0
            for side in rated:
                n = len(side)
                squares += (sum(x * x for x in side) - sum(side) * sum(side) / n) / (n - 1) / n
            columns["csat_low"] = means[0] - means[1] - Z * math.sqrt(squares)
            columns["csat_high"] = means[0] - means[1] + Z * math.sqrt(squares)
    if 2 * known_cases < len(affected):
        outcome = "outcomes_not_known"
    elif others == 0:
        outcome = "nothing_to_compare"
    elif min(compared, others) < least:
        outcome = "too_few_cases"
    else:
        outcome = judged(
            columns["success_low"],
            columns["success_high"],
            options["remedy_max_success_loss"],
            "better_outcomes",
        )
    support = sum(w.case is not None for w in affected)
    if support == 0:
        csat = "not_applicable"
    elif columns["csat_low"] is None:
        csat = "too_few_ratings"
    else:
        csat = judged(
            columns["csat_low"],
            columns["csat_high"],
            options["remedy_max_csat_loss"],
            "better_ratings",
        )
    ratings_of_affected = sum(rating(w) is not None for w in affected)
    columns |= {
        "cases_affected": len(affected),
        "cases_with_outcome": known_cases,
        "rest_cases": others,
        "rated_cases": ratings_of_affected,
        "unrated_cases": support - ratings_of_affected,
    }
    return Guard(columns, outcome, csat)


def reason_of(
    remedy: str, calls: Sequence[Attempt], losing: Sequence[Workflow], found: Guard
) -> str:
    """Why a guard says what it says."""
    answers = [attempt for attempt in calls if again.is_end(attempt)]
    if not calls:
        return "nothing_judged"
    if remedy in REFUSING:
        if not answers:
            return "no_answer_lost"
        if any(has_outcome(w) and w.is_success for w in losing):
            return "resolved_cases_lose_answers"
        if any(a.workflow_id is None for a in answers) or not all(map(has_outcome, losing)):
            return "outcomes_not_known"
        return "no_resolved_case_loses_one"
    for reason in (found.outcome, found.csat):
        if verdict(reason) == "at_risk":
            return reason
    if 2 * sum(attempt.workflow_id is None for attempt in calls) > len(calls):
        return "calls_without_case"
    for reason in (found.outcome, found.csat):
        if verdict(reason) == "cannot_tell":
            return reason
    return found.outcome


def remedies(
    attempts: Sequence[Attempt],
    workflows: Mapping[str, Workflow],
    reference: Reference,
    limits: again.Limits,
    options: Mapping[str, Any],
) -> list[Row]:
    """One row a month, endpoint and remedy that reaches calls there or cannot be judged."""
    months: defaultdict[tuple[date, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        month = period_start("month", attempt.request_date)
        months[(month, attempt.endpoint_tag or "unknown")].append(attempt)
    cells: defaultdict[tuple[date, str, str], list[Reached]] = defaultdict(list)
    unjudged: Counter[tuple[date, str, str]] = Counter()
    for remedy, own in reached_by(attempts, reference, limits, options).items():
        for one in own:
            month = period_start("month", one.attempt.request_date)
            cells[(month, one.attempt.endpoint_tag or "unknown", remedy)].append(one)
    for place, used in months.items():
        unknown = sum(again.over_tier(attempt, reference, limits) is None for attempt in used)
        if unknown:
            unjudged[(*place, "allowed_tier")] = unknown
            cells[(*place, "allowed_tier")] += []
    rows = []
    for (month, tag, remedy), own in cells.items():
        calls = [one.attempt for one in own]
        names = {attempt.workflow_id for attempt in calls}
        using = {attempt.workflow_id for attempt in months[(month, tag)]} - {None}
        found = guard(
            [workflows[str(name)] for name in sorted(using & names, key=str)],
            [workflows[str(name)] for name in sorted(using - names, key=str)],
            options,
        )
        answers = [attempt for attempt in calls if again.is_end(attempt)]
        losing = [
            workflows[name]
            for name in sorted({a.workflow_id for a in answers if a.workflow_id is not None})
        ]
        reason = reason_of(remedy, calls, losing, found)
        rows.append(
            {
                "period_grain": "month",
                "period_start": month,
                "endpoint_tag": tag,
                "remedy": remedy,
                "application_order": ORDER.index(remedy) + 1,
                "calls_affected": len(calls),
                "requests_affected": len({attempt.request_id for attempt in calls}),
                "unpriced_calls": sum(one.saving is None for one in own),
                "unjudged_calls": unjudged[(month, tag, remedy)],
                "endpoint_cost_usd": spent(a.cost_usd for a in months[(month, tag)]),
                "saving_usd": spent(one.saving for one in own),
                "saving_in_order_usd": spent(one.in_order for one in own),
                "calls_without_case": sum(attempt.workflow_id is None for attempt in calls),
                **found.columns,
                "answers_lost": len(answers) if remedy in REFUSING else 0,
                "resolved_cases_losing_answers": sum(
                    has_outcome(w) and bool(w.is_success) for w in losing
                )
                if remedy in REFUSING
                else 0,
                "guard_verdict": verdict(reason),
                "guard_reason": reason,
            }
        )
    return rows


def spent(costs: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; 0 of nothing."""
    total = CostSum()
    for cost in costs:
        total.add(cost)
    return total.value
