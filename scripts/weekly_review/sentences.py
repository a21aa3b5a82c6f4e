"""What happened and what to decide, in words made from the numbers.

A sentence is a list of parts, text and numbers, so that a number in a sentence is tied to its
query like any other. The rules are read from the top: what comes first is said first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from weekly_review import words
from weekly_review.warehouse import Number, Row

# From which share of calls without a price every amount is too low to decide on.
MOST_UNPRICED = 0.05
# Growth that reads as none.
NO_GROWTH = 0.005


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
    metrics: dict[str, Row] = field(default_factory=dict)
    endpoint_changes: Sequence[Row] = ()
    spikes: Sequence[Row] = ()
    spikes_before: Sequence[Row] = ()
    bursts: Sequence[Row] = ()
    releases: Sequence[Row] = ()
    pricing: Row | None = None
    is_of_a_tenant: bool = False


@dataclass(frozen=True)
class Action:
    owner: Number
    what: Sentence
    guardrail: Sentence
    due: date
    escalation: Number | None = None


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


def compared(metric: Row, has_cause: bool) -> Sentence:
    """How a metric stands to the week before."""
    growth = metric.value("growth")
    if words.is_unknown(growth):
        return ["; there is no week before to compare it with"]
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
        sentence += ["; there are too few cases to say more"]
    elif not has_cause:
        sentence += [", more than chance explains"]
    return sentence


def cost_sentence(week: Week) -> tuple[Sentence, Row | None]:
    cost, spend = week.metrics.get("cost_per_resolved"), week.metrics.get("spend")
    if cost is not None and is_known(cost, "metric_value"):
        return say("Models cost {cost} a resolved ticket", cost=usd(cost["metric_value"])), cost
    if spend is not None and is_known(spend, "metric_value"):
        spent = usd(spend["metric_value"])
        return say("Models cost {spent}, and no ticket was resolved", spent=spent), spend
    return ["What models cost is not known: no call of this week has a price"], None


def ended(week: Week) -> Sentence:
    """A fall that is only the end of last week's rise."""
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


def what_happened(week: Week, found: Sequence[Finding]) -> Sentence:
    sentence, metric = cost_sentence(week)
    if metric is None:
        return [*sentence, "."]
    growth = metric.value("growth")
    rises = words.is_unknown(growth) or growth >= NO_GROWTH
    support = [one for one in found if one.is_support]
    outside = [one for one in found if not one.is_support]
    over = ended(week)
    is_support_over = bool(over) and any(
        str(change.value("endpoint_tag")).startswith("support.")
        for change in week.endpoint_changes[:1]
    )
    explained = bool(support) or (is_support_over and not rises)
    sentence = [*sentence, *compared(metric, explained)]
    if support and rises:
        sentence += [": ", *support[0].cause, "."]
    elif is_support_over and not rises:
        sentence += [": ", *over, "."]
        sentence += [" Even so, ", *support[0].cause, "."] if support else []
    else:
        sentence += ["."]
        sentence += [" Even so, ", *support[0].cause, "."] if support else []
    if outside:
        sentence += [" Outside support, ", *outside[0].cause, "."]
    elif over and not is_support_over:
        sentence += [" Outside support, ", *over, "."]
    is_judged = judged(week, "spend") != "not_known" and not words.is_unknown(growth)
    if is_quiet(week, found) and is_judged and not week.is_of_a_tenant:
        sentence += [" Nothing else moved beyond chance."]
    return sentence


def judged(week: Week, metric: str) -> str:
    row = week.metrics.get(metric)
    return "not_known" if row is None else str(row.value("judgement"))


def is_quiet(week: Week, found: Sequence[Finding]) -> bool:
    return (
        not found
        and judged(week, "cost_per_resolved") != "worse"
        and judged(week, "spend") != "worse"
        and not standing_hold(week)
        and not news(week)
    )


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


def what_to_decide(week: Week, found: Sequence[Finding]) -> Sentence:
    if week.is_of_a_tenant:
        return []
    if is_unpriced(week):
        return ["Give the calls without a price theirs first: until then every amount is too low."]
    if found:
        dearest = max(
            found,
            key=lambda one: (
                one.row.value("change_usd" if "change_usd" in one.row else "cost_usd") or 0
            ),
        )
        sentence = about(dearest, DECISIONS)
        kept = news(week)
        if kept:
            sentence += [" ", *keep(kept)]
        return sentence
    held = standing_hold(week)
    if held:
        return say(
            "{version} stays on hold on {endpoint}: a request costs {lift} more than under"
            " {baseline}.",
            version=name(held["prompt_version"]),
            endpoint=name(held["endpoint_tag"]),
            lift=Shown("size", held["adjusted_lift"]),
            baseline=name(held["baseline_version"]),
        )
    kept = news(week)
    if kept:
        return keep(kept)
    if "worse" in (judged(week, "cost_per_resolved"), judged(week, "spend")):
        for change in week.endpoint_changes[:1]:
            return say(
                "Look at {endpoint} first: it moved most ({change}).",
                endpoint=name(change["endpoint_tag"]),
                change=usd(change["change_usd"], with_sign=True),
            )
    return ["Nothing has to be decided."]


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


def action(week: Week, found: Sequence[Finding]) -> Action | None:
    """The dearest finding's, for the owner of its endpoint."""
    due = week.end + timedelta(days=4)
    if found and not is_unpriced(week):
        dearest = max(
            found,
            key=lambda one: (
                one.row.value("change_usd" if "change_usd" in one.row else "cost_usd") or 0
            ),
        )
        return Action(
            owner=dearest.row["owner"],
            escalation=dearest.row["escalation_path"],
            what=about(dearest, DECISIONS),
            guardrail=about(dearest, GUARDRAILS),
            due=due,
        )
    held = standing_hold(week)
    if held and not is_unpriced(week):
        return Action(
            owner=held["owner"],
            what=what_to_decide(week, found),
            guardrail=say(GUARDRAILS["deploy"], endpoint=name(held["endpoint_tag"])),
            due=due,
        )
    kept = news(week)
    if kept and not is_unpriced(week):
        return Action(
            owner=kept["owner"],
            what=keep(kept),
            guardrail=say(GUARDRAILS["deploy"], endpoint=name(kept["endpoint_tag"])),
            due=due,
        )
    return None


def notice(week: Week) -> Sentence:
    said: Sentence = []
    if not week.is_complete:
        reach = (
            f"data reach to {words.moment(week.as_of)}" if week.as_of else "no data reach its end"
        )
        said += [f"This week is not complete: {reach}."]
    if is_unpriced(week) and week.pricing is not None:
        share = pct(week.pricing["unpriced_share"])
        said += [" "] if said else []
        said += say(
            "{share} of the calls have no price, so every amount is a lower bound.", share=share
        )
    return said


def tell(week: Week) -> Story:
    found = [] if week.is_of_a_tenant else findings(week)
    if not week.metrics:
        return Story(notice(week), ["No call of this week is known."], [], None, True)
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
    return Story(
        notice(week),
        what_happened(week, found),
        what_to_decide(week, found),
        None if week.is_of_a_tenant else action(week, found),
        is_quiet(week, found),
    )
