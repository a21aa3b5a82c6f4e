"""Workflows, merged tickets, cases and their outcomes (spec "Workflows and cases", design
"Outcome of a case").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import md5
from types import MappingProxyType
from typing import Any, Final

from .attempts import Attempt, TieBreaker
from .fields import (
    identifier,
    is_ambiguous,
    parse_bool,
    parse_decimal,
    parse_int,
    parse_natural,
    parse_time,
    word,
)
from .money import CostSum, cost_sum
from .privacy import shown, shown_case
from .raw import RawRow
from .reference import FlowOutcome, OutcomeDefinition

RESOLVED = frozenset({"resolved_confirmed", "resolved_assumed"})
# NULL is the oldest.
_LONG_AGO = datetime(1, 1, 1)  # noqa: DTZ001 - all times here are naive UTC
_KINDS = ("ticket", "conversation", "workflow")


# The times that outcomes are judged by.
_TIMES: Final = (
    "opened_at",
    "first_resolved_at",
    "last_resolved_at",
    "closed_at",
    "last_reopened_at",
    "escalated_at",
    "human_requested_at",
    "first_human_reply_at",
    "last_human_reply_at",
    "last_bot_reply_at",
    "last_customer_message_at",
    "updated_at",
)
_RATINGS: Final = {
    **{"good": 5, "good_with_comment": 5, "bad": 1, "bad_with_comment": 1},
    **{"103": 5, "102": 4, "101": 4, "100": 3, "-101": 2, "-102": 2, "-103": 1},
}
_VERDICTS: Final = {
    **dict.fromkeys(("positive", "good", "pass", "passed"), "positive"),
    **dict.fromkeys(("negative", "bad", "fail", "failed"), "negative"),
}


@dataclass(frozen=True)
class Ticket:
    """The current version of a ticket row (also a deflected chat's row, under the
    conversation's id).
    """

    ticket_id: str
    tenant_id: str | None
    channel: str | None
    queue: str | None
    intent: str | None
    project: str | None
    status: str | None
    category: str | None
    opened_at: datetime | None
    first_resolved_at: datetime | None
    last_resolved_at: datetime | None
    closed_at: datetime | None
    last_reopened_at: datetime | None
    reopen_count: int | None
    escalated_at: datetime | None
    human_requested_at: datetime | None
    first_human_reply_at: datetime | None
    last_human_reply_at: datetime | None
    last_bot_reply_at: datetime | None
    human_public_replies: int | None
    bot_public_replies: int | None
    last_customer_message_at: datetime | None
    updated_at: datetime | None
    customer_confirmed: bool | None
    csat: int | None
    handle_minutes: Decimal | None
    merged_into: str | None
    follow_up_of: str | None
    resolved_by: str | None
    exclusion_reason: str | None
    quality_verdict: str | None
    is_spam: bool | None
    is_test: bool | None
    has_unreadable_time: bool
    has_unreadable_work: bool


def _count(text: str | None) -> int | None:
    return parse_natural(text)


def _rating(text: str | None) -> int | None:
    if text is not None and is_ambiguous(text):
        return None
    value = parse_int(text)
    if value is not None and 1 <= value <= 5:
        return value
    return _RATINGS.get(str(value) if value is not None else word(text) or "")


def _reason(text: str | None) -> str | None:
    """Why a case does not count; a placeholder, or a no, is no reason."""
    said = word(text)
    return None if identifier(text) is None or said in ("false", "no", "f", "n") else said


def _amount(text: str | None) -> Decimal | None:
    value = None if text is None or is_ambiguous(text) else parse_decimal(text)
    return value if value is not None and value >= 0 else None


def read_ticket(
    row: RawRow, statuses: Mapping[tuple[str, str], str] = MappingProxyType({})
) -> Ticket:
    """Types and normal forms of an accepted ticket row."""
    ticket_id = row.get("ticket_id")
    if ticket_id is None:
        raise ValueError("a ticket without an id is rejected before")
    status, source = word(row.get("status")), word(row.get("source_system"))
    spelled = (status or "").replace("_", " ").replace("-", " ")
    resolved_by = word(row.get("resolved_by"))
    read = {
        "human_public_replies": _count(row.get("human_public_replies")),
        "handle_minutes": _amount(row.get("handle_minutes")),
        "resolved_by": resolved_by
        if resolved_by in ("bot", "human", "customer", "automation")
        else None,
    }
    return Ticket(
        ticket_id=ticket_id,
        tenant_id=shown(row.get("tenant_id")),
        channel=word(row.get("channel")),
        queue=word(row.get("queue")),
        intent=word(row.get("intent")),
        project=row.get("project"),
        status=status,
        category=statuses.get((source or "", spelled)) or statuses.get(("any", spelled)),
        reopen_count=_count(row.get("reopen_count")),
        bot_public_replies=_count(row.get("bot_public_replies")),
        customer_confirmed=parse_bool(row.get("customer_confirmed")),
        csat=_rating(row.get("csat")),
        merged_into=shown_case(row.get("merged_into_ticket_id"), shown(row.get("tenant_id"))),
        follow_up_of=shown_case(row.get("follow_up_of_ticket_id"), shown(row.get("tenant_id"))),
        exclusion_reason=_reason(row.get("exclusion_reason")),
        quality_verdict=_VERDICTS.get(word(row.get("quality_verdict")) or ""),
        is_spam=parse_bool(row.get("is_spam")),
        is_test=parse_bool(row.get("is_test")),
        has_unreadable_time=any(
            word(row.get(name)) is not None and _believed(row, name) is None for name in _TIMES
        ),
        has_unreadable_work=any(
            word(row.get(name)) is not None and value is None for name, value in read.items()
        ),
        **{name: _believed(row, name) for name in _TIMES},  # type: ignore[arg-type]
        **read,  # type: ignore[arg-type]
    )


def current_tickets(
    rows: Sequence[RawRow],
    ties: TieBreaker,
    statuses: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> dict[str, Ticket]:
    """The newest updated_at of each ticket, then the newest ingested_at (NULL is the oldest)."""
    versions: defaultdict[str, list[RawRow]] = defaultdict(list)
    for row in rows:
        versions[row.values["ticket_id"]].append(row)
    current: dict[str, Ticket] = {}
    for ticket_id, candidates in versions.items():
        newest = max(_age(row) for row in candidates)
        tied = [row for row in candidates if _age(row) == newest]
        chosen = tied[0] if len(tied) == 1 else ties.pick_ticket(tied)
        ticket = read_ticket(chosen, statuses)
        # One whose time cannot be read may be the newest.
        undated = any(
            word(row.get("updated_at")) is not None and _believed(row, "updated_at") is None
            for row in candidates
        )
        current[ticket_id] = replace(
            ticket, has_unreadable_time=ticket.has_unreadable_time or undated
        )
    return current


def _age(row: RawRow) -> tuple[datetime, datetime]:
    updated, ingested = (
        _believed(row, name) or _LONG_AGO for name in ("updated_at", "ingested_at")
    )
    return updated, ingested


def _believed(row: RawRow, name: str) -> datetime | None:
    """A time of a ticket; none where it lies over a day after the row was loaded."""
    read, loaded = (parse_time(row.get(field)) for field in (name, "ingested_at"))
    return None if read and loaded and read > loaded + timedelta(days=1) else read


def surviving_id(sent_id: str, tickets: Mapping[str, Ticket]) -> str:
    """Follow merges to the end; an id whose chain runs into a cycle keeps itself.

    Only a ticket row is a source of a merge; a target without a row is still the target.
    """
    seen = {sent_id}
    current = sent_id
    while current in tickets and (target := tickets[current].merged_into) is not None:
        if target in seen:
            return sent_id
        seen.add(target)
        current = target
    return current


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _resolution_before(ticket: Ticket, moment: datetime) -> datetime | None:
    """The newest of the times of a resolution that are not after a moment."""
    return _latest(*(time for time in _resolutions(ticket) if time <= moment))


def _resolutions(ticket: Ticket) -> list[datetime]:
    times = (ticket.last_resolved_at, ticket.closed_at, ticket.first_resolved_at)
    return [time for time in times if time is not None]


@dataclass(frozen=True)
class Comeback:
    """What came after a resolution."""

    in_window: bool = False
    earlier: datetime | None = None
    returned_at: datetime | None = None

    @property
    def earlier_is_unknown(self) -> bool:
        """A reopening, of which neither the window nor the resolution before it is known."""
        return not self.in_window and self.earlier is None


def comeback_of(ticket: Ticket, definition: OutcomeDefinition) -> Comeback:
    """Within the window a reopening undoes; after it, it is a return."""
    reopened = ticket.last_reopened_at
    if reopened is None:
        return Comeback()
    before = _resolution_before(ticket, reopened)
    if before is not None and reopened <= before + definition.reopen_window:
        return Comeback(in_window=True)
    earlier = None
    closed_before = ticket.closed_at is not None and ticket.closed_at < reopened
    if closed_before or not definition.require_closed:
        first, last = ticket.first_resolved_at, ticket.last_resolved_at or ticket.closed_at
        if ticket.reopen_count == 1 and first is not None and first < reopened:
            earlier = first
        elif last is not None and last < reopened:
            earlier = last
    return Comeback(earlier=earlier, returned_at=None if earlier is None else reopened)


def _is_reopening_undated(ticket: Ticket, is_open: bool) -> bool:
    """Whether it was reopened, and no time says when: nobody knows whose word came since."""
    reopened = ticket.last_reopened_at
    resolved = max(_resolutions(ticket), default=None)
    if reopened is None:
        return bool(ticket.reopen_count) or (
            is_open and (_is_called_reopened(ticket) or resolved is not None)
        )
    if not is_open or resolved is None or resolved < reopened:
        return False
    bot_at = ticket.last_bot_reply_at
    # Of one moment are mostly dates: a reply of the same day may have come before both.
    return resolved > reopened or bot_at is None or bot_at.date() <= reopened.date()


def _is_called_reopened(ticket: Ticket) -> bool:
    spelled = (ticket.status or "").replace("_", " ").replace("-", " ")
    return spelled in ("reopened", "re opened")


def _part(ticket: Ticket, returned_at: datetime, is_return: bool) -> Ticket:
    """What of a ticket lies before it came back, or from then on."""
    changes: dict[str, Any] = {}
    for name in (
        "escalated_at",
        "human_requested_at",
        "first_human_reply_at",
        "last_human_reply_at",
        "last_bot_reply_at",
        "last_customer_message_at",
    ):
        moment = getattr(ticket, name)
        if moment is not None and (moment >= returned_at) is not is_return:
            changes[name] = None
    if not is_return:
        first = ticket.first_human_reply_at
        if first is not None and first >= returned_at:
            changes |= {"human_public_replies": 0, "handle_minutes": Decimal(0)}
        bot = ticket.last_bot_reply_at
        if ticket.bot_public_replies and (bot is None or bot >= returned_at):
            only_one = ticket.bot_public_replies == 1 and bot is not None
            changes["bot_public_replies"] = 0 if only_one else None
        ended = ticket.last_resolved_at or ticket.closed_at
        if ended is None or ended >= returned_at:
            changes["resolved_by"] = None
    return replace(ticket, **changes)


@dataclass(frozen=True)
class Verdict:
    """What became of one episode."""

    outcome: str
    ended_at: datetime | None
    is_escalated: bool
    has_bot: bool
    has_human_reply: bool
    has_person: bool
    replies_unknown: bool
    part: Ticket
    followed_at: datetime | None

    @property
    def resolved_at(self) -> datetime | None:
        """When it was resolved, if it was."""
        return self.ended_at if self.outcome in RESOLVED else None


def judge(
    ticket: Ticket,
    merged_away: bool,
    definition: OutcomeDefinition,
    as_of: datetime | None,
    back: Comeback,
    follow_ups: Sequence[datetime | None] = (),
    *,
    is_return: bool = False,
) -> Verdict:
    """The outcome of an episode of a case with a ticket row: the first rule that matches."""
    has_ended = back.returned_at is not None and not is_return
    part = ticket if back.returned_at is None else _part(ticket, back.returned_at, is_return)
    # The reopening that this episode began with, if any.
    began = None if has_ended else ticket.last_reopened_at

    def passed(moment: datetime | None) -> bool:
        return moment is not None and as_of is not None and moment <= as_of

    def later(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment + definition.inactivity

    if has_ended:
        closed_on = back.earlier
    else:
        closings = (ticket.last_resolved_at, ticket.closed_at, ticket.first_resolved_at)
        closed_on = next(
            (time for time in closings if time is not None and (began is None or time > began)),
            None,
        )
    if has_ended:
        is_closed, is_open = True, False
    elif ticket.status is None:
        is_closed, is_open = closed_on is not None, closed_on is None
    else:
        is_closed = ticket.category == "closed" or (
            ticket.category == "resolved" and not definition.require_closed
        )
        is_open = ticket.category in ("open", "on_hold")
    person_at = _latest(part.first_human_reply_at, part.last_human_reply_at)
    customer_at, bot_at = part.last_customer_message_at, part.last_bot_reply_at
    has_bot = bool(part.bot_public_replies) or bot_at is not None
    has_human_reply = bool(part.human_public_replies) or person_at is not None
    has_person = has_human_reply or bool(part.handle_minutes) or part.resolved_by == "human"
    replies_unknown = (
        (part.human_public_replies is None and person_at is None)
        or (part.bot_public_replies is None and bot_at is None)
        or ticket.has_unreadable_work
    )
    escalated = (
        part.escalated_at is not None
        or part.human_requested_at is not None
        or (definition.human_reply_disqualifies and has_human_reply)
    )
    undated = not has_ended and _is_reopening_undated(ticket, is_open)
    reopened_at_some_time = (
        undated and is_open and (bool(ticket.reopen_count) or _is_called_reopened(ticket))
    )
    silent_at = None
    if undated:
        pass
    elif ticket.category != "on_hold" and bot_at is not None:
        asked = customer_at or part.opened_at
        is_last = (
            (asked is None or bot_at >= asked)
            and (person_at is None or bot_at > person_at)
            and (began is None or bot_at > began)
        )
        silent_at = later(bot_at) if is_last else None
    elif ticket.category != "on_hold" and has_bot and not has_person:
        silent_at = later(_latest(customer_at, began))
    last_word = _latest(bot_at, person_at, customer_at, began) or part.opened_at
    quiet_at = None if undated else later(last_word)
    says_resolved = bool(part.customer_confirmed) or part.csat in (4, 5)
    counts_when_open = is_open and not definition.require_closed
    confirmed = says_resolved and (is_closed or (counts_when_open and passed(quiet_at)))
    assumed = (
        is_closed and (has_bot or has_person or replies_unknown or not definition.require_reply)
    ) or (is_open and definition.accept_assumed and passed(silent_at))
    closed_by = (closed_on or ticket.updated_at) if is_closed else None
    ended_at = _earliest(
        closed_by,
        silent_at
        if definition.accept_assumed and (is_open or is_closed) and passed(silent_at)
        else None,
        quiet_at
        if says_resolved
        and not definition.require_closed
        and (is_open or is_closed)
        and passed(quiet_at)
        else None,
    )

    within: list[datetime] = []
    late: list[datetime] = []
    for opened in follow_ups:
        if opened is None:
            continue
        ends = [_resolution_before(ticket, opened)]
        ends += [ended_at] if ended_at is not None and ended_at <= opened else []
        before = _latest(*ends)
        # Closed at a moment that nobody knows; or by a silence that the follow-up broke.
        may_be_before = is_closed and closed_on is None and (ended_at is None or ended_at > opened)
        breaks_silence = (
            ended_at is not None
            and opened < ended_at <= opened + definition.inactivity
            and (closed_by is None or ended_at < closed_by)
        )
        if may_be_before or breaks_silence:
            within.append(opened)
        elif before is not None:
            (within if opened <= before + definition.reopen_window else late).append(opened)

    def outcome() -> str:
        if ticket.has_unreadable_time or (ticket.status is not None and ticket.category is None):
            return "unknown"
        if (
            ticket.is_spam
            or ticket.is_test
            or merged_away
            or ticket.exclusion_reason is not None
            or ticket.category in ("deleted", "merged")
            or ticket.channel == "outbound"
        ):
            return "excluded"
        if escalated and not definition.accept_escalated:
            return "escalated"
        is_silent = is_open and passed(silent_at)
        in_window = back.in_window and not is_return and not is_closed and not is_silent
        if within or in_window or reopened_at_some_time:
            return "reopened"
        is_badly_rated = (
            definition.negative_csat_max is not None
            and part.csat is not None
            and part.csat <= definition.negative_csat_max
        )
        if is_badly_rated or part.quality_verdict == "negative":
            return "negative"
        if (confirmed or assumed) and None in follow_ups:
            return "unknown"
        if confirmed or assumed:
            if definition.require_verdict and part.quality_verdict != "positive":
                waits = ended_at is not None and (
                    as_of is not None and as_of <= ended_at + definition.maturity
                )
                return "pending" if waits else "unverified"
            return "resolved_confirmed" if confirmed else "resolved_assumed"
        if is_closed:
            return "closed_unanswered"
        if ticket.category == "cancelled":
            return "cancelled"
        nobody = not has_bot and not has_person and not replies_unknown
        return "abandoned" if is_open and nobody and passed(later(customer_at)) else "pending"

    return Verdict(
        outcome(),
        ended_at,
        escalated,
        has_bot,
        has_human_reply,
        has_person,
        replies_unknown,
        part,
        None if within else min(late, default=None),
    )


def outcome_of(
    ticket: Ticket,
    merged_away: bool,
    definition: OutcomeDefinition,
    as_of: datetime | None,
    follow_ups: Sequence[datetime | None] = (),
) -> str:
    """The outcome of a case with a ticket row."""
    back = comeback_of(ticket, definition)
    return judge(ticket, merged_away, definition, as_of, back, follow_ups).outcome


def _waiting_on(verdict: Verdict) -> str | None:
    """Whom a pending case waits on, by who wrote last."""
    part = verdict.part
    if verdict.outcome != "pending":
        return None
    bot_at = part.last_bot_reply_at
    person_at = _latest(part.first_human_reply_at, part.last_human_reply_at)
    ours, asked = _latest(bot_at, person_at), part.last_customer_message_at or part.opened_at
    if ours is not None and asked is not None and ours >= asked:
        return "customer"
    # A reply without a time may have been the last word.
    bot_is_dated = bot_at is not None or part.bot_public_replies == 0
    person_is_dated = person_at is not None or part.human_public_replies == 0
    is_known = part.last_customer_message_at is not None and bot_is_dated and person_is_dated
    return "us" if is_known else "unknown"


@dataclass(slots=True)
class Case:
    """A support workflow with its outcome under one definition."""

    case_id: str
    ticket: Ticket | None
    attempts: list[Attempt]
    tenant_id: str | None
    queue: str | None
    intent: str | None
    channel: str | None
    project: str | None
    opened_at: datetime | None
    outcome: str
    resolved_at: datetime | None
    is_handled: bool
    is_resolved: bool
    is_deflected: bool | None
    is_escalated: bool | None
    is_mature: bool
    automation_class: str
    has_bot_reply: bool
    is_transferred: bool | None
    waiting_on: str | None
    returned_at: datetime | None
    return_outcome: str | None
    return_resolved_at: datetime | None
    cost: CostSum

    @property
    def first_prompt_version(self) -> str | None:
        """The version of the first reportable attempt that has one."""
        return first_met(self.attempts, "prompt_version")

    @property
    def cohort_at(self) -> datetime | None:
        """opened_at, else the first attempt."""
        if self.opened_at is not None:
            return self.opened_at
        return self.attempts[0].occurred_at if self.attempts else None

    def segments(self) -> list[tuple[str, str]]:
        """Every (segment_type, segment_value) that the case counts in; NULL shows as unknown."""
        named = {
            "tenant": self.tenant_id,
            "intent": self.intent,
            "queue": self.queue,
            "channel": self.channel,
            "automation_class": self.automation_class,
            "project": self.project,
        }
        return [("all", "all"), *((kind, value or "unknown") for kind, value in named.items())]


@dataclass(frozen=True)
class WorkflowOutcome:
    """The current outcome row of a workflow of another use case."""

    outcome: str | None
    is_success: bool | None
    tenant_id: str | None
    completed_at: datetime | None
    use_case: str | None
    # Of versions that cannot be dated nobody knows which is the newest.
    is_undated: bool = False
    # Given, but as no word for yes or no.
    is_judged_unreadably: bool = False


@dataclass(slots=True)
class Workflow:
    """The reportable attempts behind one outcome."""

    workflow_id: str
    kind: str
    use_case: str | None
    attempts: list[Attempt]
    intent: str | None
    tenant_id: str | None
    outcome: str
    is_success: bool | None
    case: Case | None
    outcome_row: WorkflowOutcome | None
    flow: str | None
    outcome_definition: str
    primary_outcome: str | None


def flow_of(
    attempts: Sequence[Attempt], use_case: str | None, flows: Sequence[FlowOutcome]
) -> str | None:
    """The flow that the first request that tells one tells, else that of the whole use case."""
    own = [flow for flow in flows if flow.use_case == use_case]
    told = [
        (attempt.occurred_at, flow.flow)
        for flow in own
        for attempt in attempts
        if flow.endpoint_tag is not None
        and (attempt.endpoint_tag or "unknown") == flow.endpoint_tag
        and flow.stage in (None, attempt.stage or "unknown")
    ]
    if told:
        return min(told)[1]
    return next((flow.flow for flow in own if flow.endpoint_tag is None), None)


def reached(row: WorkflowOutcome | None, primary: str | None) -> bool | None:
    """Whether a workflow that is no case succeeded.

    The word decides where the flow has a primary outcome; no success that the application denies,
    or of which it says something that nobody can read.
    """
    if row is None or row.is_undated:
        return None
    if primary is None:
        return row.is_success
    if row.outcome == primary:
        doubtful = row.is_success is False or row.is_judged_unreadably
        return None if doubtful else True
    if row.outcome is None:
        return False if row.is_success is False else None
    return False if row.is_success is not None or row.completed_at is not None else None


def first_met(attempts: Iterable[Attempt], name: str) -> str | None:
    """The value of an attribute that was met first; of one moment, the one whose hash is first."""
    met = [
        (attempt.occurred_at, md5(value.encode()).digest()[::-1], value)  # noqa: S324 - no secret
        for attempt in attempts
        if (value := getattr(attempt, name)) is not None
    ]
    return min(met)[2] if met else None


def current_workflow_outcomes(rows: Sequence[RawRow]) -> dict[str, WorkflowOutcome]:
    """One row a workflow.

    The newest completed_at (NULL is the oldest), then the newest started_at; of a workflow with
    one that cannot be read nobody knows which is the newest.
    """

    def age(row: RawRow) -> tuple[datetime, datetime, str]:
        completed, started = (
            parse_time(row.get(name)) or _LONG_AGO for name in ("completed_at", "started_at")
        )
        return completed, started, repr(sorted(row.values.items()))

    current: dict[str, RawRow] = {}
    undated: set[str] = set()
    for row in sorted(rows, key=age):
        current[row.values["workflow_id"]] = row
        sent = row.get("completed_at")
        if word(sent) is not None and parse_time(sent) is None:
            undated.add(row.values["workflow_id"])
    return {
        workflow_id: WorkflowOutcome(
            None if workflow_id in undated else row.get("outcome"),
            None if workflow_id in undated else parse_bool(row.get("is_success")),
            shown(row.get("tenant_id")),
            None if workflow_id in undated else parse_time(row.get("completed_at")),
            word(row.get("use_case")),
            workflow_id in undated,
            word(row.get("is_success")) is not None and parse_bool(row.get("is_success")) is None,
        )
        for workflow_id, row in current.items()
    }


def build_case(
    case_id: str,
    ticket: Ticket | None,
    merged_away: bool,
    attempts: list[Attempt],
    definition: OutcomeDefinition,
    as_of: datetime | None,
    follow_ups: Sequence[datetime | None] = (),
) -> Case:
    """Outcome, maturity, deflection, automation and segment attributes of one case."""
    verdict: Verdict | None = None
    again: Verdict | None = None
    back = Comeback()
    if ticket is not None:
        back = comeback_of(ticket, definition)
        verdict = judge(ticket, merged_away, definition, as_of, back, follow_ups)
        if back.returned_at is not None:
            again = judge(ticket, merged_away, definition, as_of, back, is_return=True)
    outcome = verdict.outcome if verdict else "unknown"
    escalated = verdict.is_escalated if verdict else None
    resolved = outcome in RESOLVED
    resolved_at = verdict.resolved_at if verdict else None
    mature = (
        resolved_at is not None and as_of is not None and as_of > resolved_at + definition.maturity
    )

    def attribute(own: str | None, name: str) -> str | None:
        return own or first_met(attempts, name)

    return Case(
        case_id=case_id,
        ticket=ticket,
        attempts=attempts,
        tenant_id=attribute(ticket.tenant_id if ticket else None, "tenant_id"),
        queue=attribute(ticket.queue if ticket else None, "queue"),
        intent=attribute(ticket.intent if ticket else None, "intent"),
        channel=ticket.channel if ticket else None,
        project=ticket.project if ticket else None,
        opened_at=ticket.opened_at if ticket else None,
        outcome=outcome,
        resolved_at=resolved_at,
        is_handled=bool(attempts) and outcome != "excluded",
        is_resolved=resolved,
        is_deflected=_deflected(verdict, resolved),
        is_escalated=escalated,
        is_mature=mature,
        automation_class=_automation_class(verdict, bool(attempts)),
        has_bot_reply=verdict is not None and verdict.has_bot,
        is_transferred=_transferred(verdict),
        waiting_on=_waiting_on(verdict) if verdict else None,
        returned_at=_earliest(back.returned_at, verdict.followed_at)
        if verdict and resolved
        else None,
        return_outcome=again.outcome if again and resolved else None,
        return_resolved_at=again.resolved_at if again and resolved else None,
        cost=cost_sum(attempt.cost_usd for attempt in attempts),
    )


def _deflected(verdict: Verdict | None, resolved: bool) -> bool | None:
    """Resolved by a reply of the bot, no escalation, no person; NULL replies are unknown."""
    if verdict is None or not resolved or verdict.has_person or verdict.is_escalated:
        return False
    return None if verdict.replies_unknown else verdict.has_bot


def _transferred(verdict: Verdict | None) -> bool | None:
    """Escalated, or a human replied where the bot did."""
    if verdict is None:
        return None
    if verdict.is_escalated or (verdict.has_bot and verdict.has_human_reply):
        return True
    return None if verdict.replies_unknown and verdict.has_bot else False


def _automation_class(verdict: Verdict | None, has_attempts: bool) -> str:
    """Who did the work, first match; NULL replies are unknown."""
    if verdict is None:
        return "unknown"
    if not has_attempts:
        return "human_only"
    if verdict.replies_unknown:
        return "unknown"
    if not verdict.has_bot:
        return "agent_assisted"
    alone = not verdict.has_person and not verdict.is_escalated
    return "fully_automated" if alone else "partially_automated"


def build_workflows(
    attempts: Sequence[Attempt],
    tickets: Mapping[str, Ticket],
    outcomes: Mapping[str, WorkflowOutcome],
    definition: OutcomeDefinition,
    as_of: datetime | None,
    flows: Sequence[FlowOutcome],
) -> tuple[dict[str, Workflow], dict[str, Case]]:
    """Give every attempt its workflow, then make workflows (with reportable attempts) and cases."""
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    members: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.sent_id is None or attempt.sent_kind is None:
            continue
        attempt.workflow_id = surviving_id(attempt.sent_id, tickets)
        if attempt.is_reportable:
            # What was merged into a ticket is a ticket, whatever it was sent as.
            moved = attempt.workflow_id != attempt.sent_id
            kinds[attempt.workflow_id].add("ticket" if moved else attempt.sent_kind)
            members[attempt.workflow_id].append(attempt)
    workflows: dict[str, Workflow] = {}
    cases: dict[str, Case] = {}
    follow_ups: defaultdict[str, list[datetime | None]] = defaultdict(list)
    for other in tickets.values():
        if other.follow_up_of is None or other.is_spam or other.is_test:
            continue
        # What was merged away is followed where it went.
        followed = surviving_id(other.follow_up_of, tickets)
        if followed != other.ticket_id:
            follow_ups[followed].append(other.opened_at)
    for workflow_id, own in members.items():
        own.sort(key=lambda attempt: attempt.occurred_at)
        kind = next(kind for kind in _KINDS if kind in kinds[workflow_id])
        use_case = "support" if kind == "ticket" else first_met(own, "use_case")
        ticket = tickets.get(workflow_id)
        row = outcomes.get(workflow_id)
        case: Case | None = None
        if ticket or use_case == "support":
            case = build_case(
                workflow_id, ticket, False, own, definition, as_of, follow_ups[workflow_id]
            )
            cases[workflow_id] = case
        # A case is support; of another workflow the outcome may say what no attempt does.
        use_case = "support" if case else use_case or (row.use_case if row else None)
        flow = flow_of(own, use_case, flows)
        version = max(
            (
                each
                for each in flows
                if (each.use_case, each.flow) == (use_case, flow)
                and each.effective_from <= own[0].request_date
            ),
            key=lambda each: each.version,
            default=None,
        )
        primary = version.outcome if version else None
        judged_by = f"{flow}_v{version.version}" if version else "as_sent"
        workflows[workflow_id] = Workflow(
            workflow_id=workflow_id,
            kind=kind,
            use_case=use_case,
            attempts=own,
            intent=case.intent if case else first_met(own, "intent"),
            tenant_id=case.tenant_id
            if case
            else (row.tenant_id if row else None) or first_met(own, "tenant_id"),
            outcome=case.outcome if case else (row.outcome if row else None) or "unknown",
            is_success=_case_success(case) if case else reached(row, primary),
            case=case,
            outcome_row=row,
            flow=("ticket" if kind == "ticket" else "conversation") if case else flow,
            outcome_definition=definition.label if case else judged_by,
            primary_outcome="resolved" if case else primary,
        )
    for ticket_id, ticket in tickets.items():
        if ticket_id not in cases:
            merged_away = surviving_id(ticket_id, tickets) != ticket_id
            cases[ticket_id] = build_case(
                ticket_id, ticket, merged_away, [], definition, as_of, follow_ups[ticket_id]
            )
    return workflows, cases


def _case_success(case: Case) -> bool | None:
    """Resolved; unknown without a ticket row, or with one that cannot be read."""
    return None if case.outcome == "unknown" else case.is_resolved


def _counts(attempts: Sequence[Attempt]) -> dict[str, int]:
    return {
        "requests": sum(not attempt.is_retry for attempt in attempts),
        "attempts": len(attempts),
        "retries": sum(attempt.is_retry for attempt in attempts),
    }


def ticket_record(case: Case, definition: OutcomeDefinition) -> dict[str, Any]:
    """The fixed columns of the ticket fact."""
    return {
        "ticket_id": case.case_id,
        "tenant_id": case.tenant_id,
        "channel": case.channel,
        "queue": case.queue,
        "intent": case.intent,
        "project": case.project,
        "opened_at": case.cohort_at,
        "resolved_at": case.resolved_at,
        "outcome": case.outcome,
        "outcome_definition": definition.label,
        "is_handled": case.is_handled,
        "is_resolved": case.is_resolved,
        "is_deflected": case.is_deflected,
        "is_escalated": case.is_escalated,
        "is_mature": case.is_mature,
        "automation_class": case.automation_class,
        "csat": case.ticket.csat if case.ticket else None,
        "waiting_on": case.waiting_on,
        "returned_at": case.returned_at,
        "return_outcome": case.return_outcome,
        "return_resolved_at": case.return_resolved_at,
        "cost_usd": case.cost.value,
        **_counts(case.attempts),
        "first_prompt_version": case.first_prompt_version,
    }


def workflow_record(workflow: Workflow) -> dict[str, Any]:
    """The fixed columns of the workflow fact; token sums are NULL when no attempt has a count."""
    own = workflow.attempts
    costs = cost_sum(attempt.cost_usd for attempt in own)
    record: dict[str, Any] = {
        "workflow_id": workflow.workflow_id,
        "workflow_kind": workflow.kind,
        "use_case": workflow.use_case,
        "tenant_id": workflow.tenant_id,
        "started_at": min(attempt.occurred_at for attempt in own),
        "outcome": workflow.outcome,
        "is_success": workflow.is_success,
        "flow": workflow.flow,
        "outcome_definition": workflow.outcome_definition,
        "primary_outcome": workflow.primary_outcome,
        **_counts(own),
    }
    for name in ("input_tokens", "output_tokens"):
        given = [count for attempt in own if (count := attempt.tokens[name]) is not None]
        record[name] = sum(given) if given else None
    return {**record, "cost_usd": costs.value, "unpriced_attempts": costs.unknown}
