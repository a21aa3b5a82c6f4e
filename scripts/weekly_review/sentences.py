"""What happened and what to decide, in words made from the numbers.

A sentence is a list of parts, text and numbers, so that a number in a sentence is tied to its
query like any other. The rules are read from the top: what comes first is said first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from weekly_review import words
from weekly_review.warehouse import Number, Row

# From which share of calls without a price every amount is too low to decide on.
MOST_UNPRICED = 0.05
# Growth that reads as none.
NO_GROWTH = 0.005
# The reason of a fall that is not judged better (week_on_week).
UNPRICED_CALLS = "unpriced_calls"


@dataclass(frozen=True)
class Shown:
    """A number in a sentence: how it is written, and what it is."""

    kind: str
    number: Number
    with_sign: bool = False


Sentence = list["str | Shown"]


def usd(number: Number, with_sign: bool = False) -> Shown:
    return Shown("usd", number, with_sign)


def pct(number: Number, with_sign: bool = False) -> Shown:
    return Shown("pct", number, with_sign)


def name(number: Number) -> Shown:
    return Shown("name", number)


def say(template: str, **shown: Shown | Sentence) -> Sentence:
    """A sentence from a template; `{word}` in it stands for a number or for another sentence."""
    parts: Sentence = []
    for text, word in re.findall(r"([^{]*)(?:\{(\w+)\})?", template):
        if text:
            parts.append(text)
        if word:
            found = shown[word]
            parts += found if isinstance(found, list) else [found]
    return parts


def written(shown: Shown, currency: words.Currency) -> str:
    value = shown.number.value
    match shown.kind:
        case "usd":
            return words.money(value, currency, shown.with_sign)
        case "pct":
            return words.percent(value, shown.with_sign)
        case "size":
            # "17 % more", "17 % less": the word has the sign.
            return words.percent(None if value is None else abs(value))
        case "num":
            return words.decimal(value)
        case "count":
            return words.count(value)
        case "moment":
            return words.moment(value)
        case "day":
            return words.day(value)
        case _:
            return words.cut_name(value)


def plain(sentence: Sentence, currency: words.Currency = words.DOLLARS) -> str:
    return "".join(
        part if isinstance(part, str) else written(part, currency) for part in sentence
    ).replace(words.NARROW_SPACE, " ")


@dataclass(frozen=True)
class Week:
    """What the sentences are made from."""

    start: date
    end: date
    as_of: datetime | None = None
    is_complete: bool = True
    # Where telemetry begins after the first day of the week: that day.
    first_call: date | None = None
    metrics: dict[str, Row] = field(default_factory=dict)
    endpoint_changes: Sequence[Row] = ()
    spikes: Sequence[Row] = ()
    spikes_before: Sequence[Row] = ()
    bursts: Sequence[Row] = ()
    releases: Sequence[Row] = ()
    pricing: Row | None = None
    # Of the week and of the one before: how many tickets were resolved.
    resolved: Row | None = None
    resolved_before: Row | None = None
    # The cases that were opened in the week.
    opened: Row | None = None
    is_of_a_tenant: bool = False


@dataclass(frozen=True)
class Action:
    """What to decide, and what follows from it: the head and the foot of the page say the same."""

    what: Sentence
    guardrail: Sentence
    due: date
    # NULL: nothing that has an owner is behind it.
    owner: Number | None = None
    escalation: Number | None = None
    is_of_a_finding: bool = False


@dataclass(frozen=True)
class Story:
    notice: Sentence
    what: Sentence
    decide: Sentence
    action: Action | None
    is_quiet: bool


def is_known(row: Row | None, column: str) -> bool:
    return row is not None and not words.is_unknown(row.value(column))


def kind_of_spike(spike: Row) -> str:
    """The class, and for a mixed one what most of it is."""
    if spike.value("spike_class") != "mixed":
        return str(spike.value("spike_class"))
    shares = {
        "dearer_models": spike.value("model_mix_share"),
        "token": spike.value("tokens_share"),
        "loop": spike.value("requests_per_case_share"),
        "retry_storm": spike.value("attempts_per_request_share"),
        "volume": spike.value("volume_share"),
    }
    known = {kind: share for kind, share in shares.items() if not words.is_unknown(share)}
    return max(known, key=lambda kind: known[kind]) if known else "mixed"


CAUSES = {
    "deploy": "{version} sends more tokens a request to {endpoint} since {since} ({change})",
    "deploy_models": "{version} runs {endpoint} on dearer models since {since} ({change})",
    "token": "{endpoint} sends more tokens a request since {since} ({change})",
    "abuse": "{user} flooded {endpoint} from {since} on ({change}), and no more cases were solved",
    "volume": "{tenant} asked far more of {endpoint} since {since} ({change})",
    "loop": "the same cases call {endpoint} more often since {since} ({change})",
    "retry_storm": "{endpoint} tried its requests more often since {since} ({change})",
    "dearer_models": "{endpoint} moved to dearer models, {model} most, since {since} ({change})",
    "data_or_price": "{endpoint} is priced or measured in another way since {since} ({change})",
    "mixed": "{endpoint} rose for several reasons at once since {since} ({change})",
}


def cause_of_spike(spike: Row) -> Sentence:
    kind = kind_of_spike(spike)
    tokens, models = spike.value("tokens_share"), spike.value("model_mix_share")
    if kind == "deploy" and (models or 0) > (tokens or 0):
        kind = "deploy_models"
    suspect = spike["suspect_user_id"]
    user: Sentence = (
        ["unknown users"]
        if suspect.value in (None, "(unknown users)")
        else say("user {user}", user=name(suspect))
    )
    return say(
        CAUSES.get(kind, CAUSES["mixed"]),
        version=name(spike["new_prompt_version"]),
        endpoint=name(spike["endpoint_tag"]),
        since=Shown("moment", spike["onset_at"]),
        change=usd(spike["change_usd"], with_sign=True),
        user=user,
        tenant=name(spike["dominant_tenant"]),
        model=name(spike["dominant_model"]),
    )


def cause_of_burst(burst: Row) -> Sentence:
    provider: Shown | Sentence = ["a provider"]
    if is_known(burst, "failing_provider"):
        provider = name(burst["failing_provider"])
    shown: dict[str, Shown | Sentence] = {
        "endpoint": name(burst["endpoint_tag"]),
        "since": Shown("moment", burst["started_at"]),
        "cost": usd(burst["cost_usd"]),
        "tries": Shown("num", burst["attempts_per_request"]),
        "provider": provider,
        "ratio": pct(burst["success_ratio"]),
    }
    template = {
        "retry_storm": "{provider} failed and {endpoint} tried {tries} times a request"
        " from {since} on ({cost})",
        "unknown_users": "unknown users flooded {endpoint} from {since} on ({cost})",
        "failing_requests": "requests to {endpoint} rose from {since} on while {ratio} of them"
        " succeeded ({cost})",
    }[burst.value("burst_kind")]
    return say(template, **shown)


@dataclass(frozen=True)
class Finding:
    """One thing that happened: a spike, or a burst on an endpoint that has no spike."""

    row: Row
    kind: str
    cause: Sentence

    @property
    def is_support(self) -> bool:
        return bool(self.row.value("use_case") == "support")


def findings(week: Week) -> list[Finding]:
    """The spikes by what they cost, then the bursts that no spike of their endpoint tells of."""
    found = [Finding(spike, kind_of_spike(spike), cause_of_spike(spike)) for spike in week.spikes]
    seen = {spike.value("endpoint_tag") for spike in week.spikes}
    for burst in week.bursts:
        if burst.value("endpoint_tag") not in seen:
            seen.add(burst.value("endpoint_tag"))
            kind = {"unknown_users": "abuse", "failing_requests": "failing"}.get(
                burst.value("burst_kind"), burst.value("burst_kind")
            )
            found.append(Finding(burst, kind, cause_of_burst(burst)))
    return found


def told(row: Row, column: str) -> Any:
    return row.value(column) if column in row else None


def has_resolved(row: Row | None) -> bool:
    return row is not None and bool(row.value("resolved_tickets"))


def without_comparison(week: Week, metric: Row) -> Sentence:
    """Why a metric has no growth: a week before may be there and have nothing to divide by."""
    if not words.is_unknown(told(metric, "previous_value")):
        return say("; it was {before} in the week before", before=usd(metric["previous_value"]))
    if told(metric, "reason") != "no_value_before":
        return ["; there is no week before to compare it with"]
    if metric is week.metrics.get("spend"):
        return ["; what models cost in the week before is not known"]
    if has_resolved(week.resolved_before):
        return ["; what one cost in the week before is not known"]
    return ["; no ticket was resolved in the week before"]


def compared(week: Week, metric: Row, has_cause: bool) -> Sentence:
    """How a metric stands to the week before."""
    growth = metric.value("growth")
    if words.is_unknown(growth):
        return without_comparison(week, metric)
    if abs(growth) < NO_GROWTH:
        return [", as in the week before"]
    size = Shown("size", metric["growth"])
    sentence = say(
        ", {size} more than the week before"
        if growth > 0
        else ", {size} less than the week before",
        size=size,
    )
    if not has_cause and metric.value("judgement") == "within_chance":
        sentence += [", which chance explains"]
    elif not has_cause and metric.value("judgement") == "not_known":
        sentence += [
            "; calls without a price may explain it"
            if told(metric, "reason") == UNPRICED_CALLS
            else "; there are too few cases to say more"
        ]
    elif not has_cause:
        sentence += [", more than chance explains"]
    return sentence


def cost_sentence(week: Week) -> tuple[Sentence, Row | None]:
    cost, spend = week.metrics.get("cost_per_resolved"), week.metrics.get("spend")
    if cost is not None and is_known(cost, "metric_value"):
        return say("Models cost {cost} a resolved ticket", cost=usd(cost["metric_value"])), cost
    if spend is not None and is_known(spend, "metric_value"):
        spent = usd(spend["metric_value"])
        if has_resolved(week.resolved):
            return say(
                "What a resolved ticket cost is not known; models cost {spent} in all", spent=spent
            ), spend
        return say("No ticket was resolved; models cost {spent}", spent=spent), spend
    return ["What models cost is not known: no call of this week has a price"], None


def ended(week: Week) -> Sentence:
    """A fall that is only the end of last week's rise."""
    if has_unpriced_fall(week):
        return []
    before = {spike.value("endpoint_tag") for spike in week.spikes_before}
    for change in week.endpoint_changes[:1]:
        if change.value("endpoint_tag") in before and change.value("change_usd") < 0:
            return say(
                "the rise of {endpoint} a week before is over ({change})",
                endpoint=name(change["endpoint_tag"]),
                change=usd(change["change_usd"], with_sign=True),
            )
    return []


def capital(sentence: Sentence) -> Sentence:
    if sentence and isinstance(sentence[0], str):
        return [sentence[0][:1].upper() + sentence[0][1:], *sentence[1:]]
    return sentence


def cause_of_rise(week: Week, support: Sequence[Finding]) -> Finding | None:
    """The finding on the endpoint of support whose spend rose most: another one is no cause."""
    for change in week.endpoint_changes:
        if told(change, "use_case") == "support" and change.value("change_usd") > 0:
            rose = change.value("endpoint_tag")
            return next((one for one in support if one.row.value("endpoint_tag") == rose), None)
    return None


def what_happened(week: Week, found: Sequence[Finding]) -> Sentence:
    """A cause is named only where the change is beyond chance; what else was found stands apart."""
    sentence, metric = cost_sentence(week)
    if metric is None:
        return [*sentence, "."]
    growth = metric.value("growth")
    rises = not words.is_unknown(growth) and growth >= NO_GROWTH
    falls = not words.is_unknown(growth) and growth <= -NO_GROWTH
    is_beyond_chance = metric.value("judgement") in ("better", "worse")
    support = [one for one in found if one.is_support]
    outside = [one for one in found if not one.is_support]
    over = ended(week)
    is_support_over = bool(over) and any(
        told(change, "use_case") == "support" for change in week.endpoint_changes[:1]
    )
    cause: Sentence = []
    if is_beyond_chance and rises:
        finding = cause_of_rise(week, support)
        if finding is not None:
            cause = finding.cause
            support = [one for one in support if one is not finding]
    elif is_beyond_chance and falls and is_support_over:
        cause, over = over, []
    sentence = [*sentence, *compared(week, metric, bool(cause))]
    sentence += [": ", *cause, "."] if cause else ["."]
    if over and is_support_over:
        sentence += [" ", *capital(over), "."]
    if support:
        is_despite = falls or metric.value("judgement") == "within_chance"
        sentence += [" Even so, " if is_despite else " In support, ", *support[0].cause, "."]
    if outside:
        sentence += [" Outside support, ", *outside[0].cause, "."]
    elif over and not is_support_over:
        sentence += [" Outside support, ", *over, "."]
    is_judged = judged(week, "spend") != "not_known" and not words.is_unknown(growth)
    if proposal(week, found) is None and is_judged and not week.is_of_a_tenant:
        sentence += [" Nothing else moved beyond chance."]
    return sentence


def judged(week: Week, metric: str) -> str:
    row = week.metrics.get(metric)
    return "not_known" if row is None else str(row.value("judgement"))


def standing_hold(week: Week) -> Row | None:
    """A release that the gate holds and that no newer one has replaced."""
    for release in week.releases:
        if release.value("gate") == "hold" and not release.value("is_replaced"):
            return release
    return None


def news(week: Week) -> Row | None:
    """A release of this week that made requests cheaper."""
    for release in week.releases:
        if release.value("verdict") == "improved" and release.value("is_of_the_week"):
            return release
    return None


DECISIONS = {
    "deploy": "Hold {version}, or shorten its prompt.",
    "token": "Cap the tokens of {endpoint}, and find what made its prompts or answers grow.",
    "abuse": "Limit the calls of unknown users on {endpoint}.",
    "volume": "Ask {tenant} whether the work goes on; if it does, give it a budget.",
    "loop": "Limit how often a case may call {endpoint}.",
    "retry_storm": "Cap the tries of {endpoint}, and switch the provider when one fails.",
    "failing": "Stop repeating what fails on {endpoint}, and find why it does.",
    "dearer_models": "Route {endpoint} back to the model that its risk allows.",
    "data_or_price": "Check the price or the data of {endpoint} before anything else.",
    "mixed": "Find what made {endpoint} dearer before more of it goes out.",
}

GUARDRAILS = {
    "deploy": "No version of {endpoint} goes to everybody while the release gate says hold.",
    "token": "A cap on the tokens of a request of {endpoint}, with an alert at last week's level.",
    "abuse": "A limit of calls an hour on {endpoint} for users whom no customer is known of.",
    "volume": "A weekly budget of {tenant} on {endpoint}, with a warning at 80\N{NO-BREAK SPACE}%.",
    "loop": "A limit of requests a case on {endpoint}.",
    "retry_storm": "At most three tries a request on {endpoint}, and another provider after them.",
    "failing": "An alert on {endpoint} when requests rise while their success falls.",
    "dearer_models": "A test of the routing: {endpoint} uses no dearer model than the risk allows.",
    "data_or_price": "A review of every price row and connector before it goes live.",
    "mixed": "An alert on the cost of a request of {endpoint}.",
}


def about(finding: Finding, templates: dict[str, str]) -> Sentence:
    row = finding.row

    def shown(column: str, otherwise: str) -> Shown | Sentence:
        if column in row and is_known(row, column):
            return name(row[column])
        return [otherwise]

    return say(
        templates.get(finding.kind, templates["mixed"]),
        version=shown("new_prompt_version", "the new version"),
        endpoint=name(row["endpoint_tag"]),
        tenant=shown("dominant_tenant", "the customer"),
    )


def cost_of(finding: Finding) -> Any:
    row = finding.row
    return row.value("change_usd" if "change_usd" in row else "cost_usd") or 0


def proposal(week: Week, found: Sequence[Finding]) -> Action | None:
    """The one thing to decide: what comes first here goes before the rest. None: nothing is."""
    due = due_day(week)
    if is_unpriced(week) or has_unpriced_fall(week):
        return Action(
            ["Give the calls without a price theirs first: until then every amount is too low."],
            ["An alert when calls without a price come in."],
            due,
        )
    kept, held = news(week), standing_hold(week)
    if found:
        dearest = max(found, key=cost_of)
        what = about(dearest, DECISIONS)
        return Action(
            [*what, " ", *keep(kept)] if kept else what,
            about(dearest, GUARDRAILS),
            due,
            dearest.row["owner"],
            dearest.row["escalation_path"],
            is_of_a_finding=True,
        )
    if unresolved(week):
        return Action(unresolved(week), ["An alert on a day without a resolved case."], due)
    if held:
        what = say(
            "{version} stays on hold on {endpoint}: a request costs {lift} more than under"
            " {baseline}.",
            version=name(held["prompt_version"]),
            endpoint=name(held["endpoint_tag"]),
            lift=Shown("size", held["adjusted_lift"]),
            baseline=name(held["baseline_version"]),
        )
    elif kept:
        what = keep(kept)
    if release := held or kept:
        guardrail = say(GUARDRAILS["deploy"], endpoint=name(release["endpoint_tag"]))
        return Action(what, guardrail, due, release["owner"])
    if "worse" in (judged(week, "cost_per_resolved"), judged(week, "spend")):
        for change in week.endpoint_changes[:1]:
            return Action(
                say(
                    "Look at {endpoint} first: it moved most ({change}).",
                    endpoint=name(change["endpoint_tag"]),
                    change=usd(change["change_usd"], with_sign=True),
                ),
                say(GUARDRAILS["mixed"], endpoint=name(change["endpoint_tag"])),
                due,
                change["owner"],
                change["escalation_path"],
            )
        return Action(["Find what became dearer."], ["An alert on the spend of a week."], due)
    return None


def unresolved(week: Week) -> Sentence:
    """A week in which cases came and none was resolved, or all were escalated."""
    opened = week.opened
    if opened is None or not opened.value("cases"):
        return []
    shown = {key: Shown("count", opened[key]) for key in ("cases", "escalated")}
    cost = week.metrics.get("cost_per_resolved")
    if not is_known(cost, "metric_value") and not has_resolved(week.resolved):
        return say(
            "Find why no case was resolved: {cases} opened in the week, {escalated} escalated.",
            **shown,
        )
    if opened.value("escalated") == opened.value("cases"):
        return say(
            "Find why every case of the week was escalated: {escalated} of {cases}.", **shown
        )
    return []


def due_day(week: Week) -> date:
    """The Friday after the week, and never one that is over at the moment of the data."""
    due = week.end + timedelta(days=4)
    if week.as_of is None or week.as_of.date() <= due:
        return due
    today = week.as_of.date()
    return today + timedelta(days=(due.weekday() - today.weekday()) % 7)


def keep(release: Row) -> Sentence:
    return say(
        "Keep {version} on {endpoint}: a request costs {lift} less than under {baseline}.",
        version=name(release["prompt_version"]),
        endpoint=name(release["endpoint_tag"]),
        lift=Shown("size", release["adjusted_lift"]),
        baseline=name(release["baseline_version"]),
    )


def is_unpriced(week: Week) -> bool:
    pricing = week.pricing
    if pricing is None or words.is_unknown(pricing.value("unpriced_share")):
        return False
    return bool(pricing.value("unpriced_share") > MOST_UNPRICED)


def has_unpriced_fall(week: Week, metric: str | None = None) -> bool:
    """Whether a metric, or any, fell, and calls without a price may be all that it fell by."""
    rows = week.metrics if metric is None else {metric} & week.metrics.keys()
    return any(told(week.metrics[one], "reason") == UNPRICED_CALLS for one in rows)


def notice(week: Week) -> Sentence:
    said: Sentence = []
    if not week.is_complete:
        reach = (
            f"data reach to {words.moment(week.as_of)}" if week.as_of else "no data reach its end"
        )
        said += [f"This week is not complete: {reach}."]
    if week.first_call is not None:
        said += [" "] if said else []
        said += [f"Telemetry begins in this week, on {words.day(week.first_call)}."]
    if is_unpriced(week) and week.pricing is not None:
        share = pct(week.pricing["unpriced_share"])
        said += [" "] if said else []
        said += say(
            "{share} of the calls have no price, so every amount is a lower bound.", share=share
        )
    return said


def without_calls(week: Week) -> Story:
    if not week.is_complete:
        return Story(notice(week), ["No call of this week is known."], [], None, True)
    reach = f"; data reach to {words.moment(week.as_of)}" if week.as_of else ""
    if week.is_of_a_tenant:
        return Story([], [f"This week holds no calls of this customer{reach}."], [], None, False)
    action = Action(
        ["Find out whether telemetry failed to arrive or nothing was asked."],
        ["An alert on a day without calls."],
        due_day(week),
    )
    return Story([], [f"This week holds no calls{reach}."], action.what, action, False)


def tell(week: Week) -> Story:
    found = [] if week.is_of_a_tenant else findings(week)
    if "spend" not in week.metrics:
        return without_calls(week)
    if not week.is_complete:
        sentence, metric = cost_sentence(week)
        so_far = [*sentence, " so far." if metric is not None else "."]
        return Story(
            notice(week),
            so_far,
            [f"Nothing yet: the week ends on {words.day(week.end - timedelta(days=1))}."],
            None,
            True,
        )
    what = what_happened(week, found)
    action = proposal(week, found)
    if week.is_of_a_tenant:
        return Story(notice(week), what, [], None, action is None)
    decide = action.what if action else ["Nothing has to be decided."]
    return Story(notice(week), what, decide, action, action is None)
