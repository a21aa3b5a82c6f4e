"""Workflows, merged tickets, cases and their outcomes (spec "Workflows and cases", design
"Outcome of a case").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import md5
from typing import Any

from .attempts import Attempt, TieBreaker
from .fields import parse_bool, parse_decimal, parse_int, parse_time, word
from .money import CostSum, cost_sum
from .privacy import shown, shown_case
from .raw import RawRow
from .reference import OutcomeDefinition

RESOLVED = frozenset({"resolved_confirmed", "resolved_assumed"})
# NULL is the oldest.
_LONG_AGO = datetime(1, 1, 1)  # noqa: DTZ001 - all times here are naive UTC
_KINDS = ("ticket", "conversation", "workflow")


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
    opened_at: datetime | None
    last_resolved_at: datetime | None
    closed_at: datetime | None
    last_reopened_at: datetime | None
    escalated_at: datetime | None
    human_requested_at: datetime | None
    human_public_replies: int | None
    bot_public_replies: int | None
    last_customer_message_at: datetime | None
    customer_confirmed: bool | None
    csat: int | None
    handle_minutes: Decimal | None
    merged_into: str | None
    is_spam: bool | None
    is_test: bool | None


def read_ticket(row: RawRow) -> Ticket:
    """Types and normal forms of an accepted ticket row."""
    ticket_id = row.get("ticket_id")
    if ticket_id is None:
        raise ValueError("a ticket without an id is rejected before")

    def when(name: str) -> datetime | None:
        return parse_time(row.get(name))

    return Ticket(
        ticket_id=ticket_id,
        tenant_id=shown(row.get("tenant_id")),
        channel=word(row.get("channel")),
        queue=word(row.get("queue")),
        intent=word(row.get("intent")),
        project=row.get("project"),
        status=word(row.get("status")),
        opened_at=when("opened_at"),
        last_resolved_at=when("last_resolved_at"),
        closed_at=when("closed_at"),
        last_reopened_at=when("last_reopened_at"),
        escalated_at=when("escalated_at"),
        human_requested_at=when("human_requested_at"),
        human_public_replies=parse_int(row.get("human_public_replies")),
        bot_public_replies=parse_int(row.get("bot_public_replies")),
        last_customer_message_at=when("last_customer_message_at"),
        customer_confirmed=parse_bool(row.get("customer_confirmed")),
        csat=parse_int(row.get("csat")),
        handle_minutes=parse_decimal(row.get("handle_minutes")),
        merged_into=shown_case(row.get("merged_into_ticket_id"), shown(row.get("tenant_id"))),
        is_spam=parse_bool(row.get("is_spam")),
        is_test=parse_bool(row.get("is_test")),
    )


def current_tickets(rows: Sequence[RawRow], ties: TieBreaker) -> dict[str, Ticket]:
    """The newest updated_at of each ticket (NULL is the oldest)."""
    versions: defaultdict[str, list[RawRow]] = defaultdict(list)
    for row in rows:
        versions[row.values["ticket_id"]].append(row)
    current: dict[str, Ticket] = {}
    for ticket_id, candidates in versions.items():
        newest = max(_updated_at(row) for row in candidates)
        tied = [row for row in candidates if _updated_at(row) == newest]
        current[ticket_id] = read_ticket(tied[0] if len(tied) == 1 else ties.pick_ticket(tied))
    return current


def _updated_at(row: RawRow) -> datetime:
    return parse_time(row.get("updated_at")) or _LONG_AGO


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


def outcome_of(
    ticket: Ticket, merged_away: bool, definition: OutcomeDefinition, as_of: datetime | None
) -> str:
    """The outcome of a case with a ticket row: the first rule that matches."""
    done = ticket.status == "closed" or (
        ticket.status == "solved" and not definition.require_closed
    )
    if ticket.is_spam or ticket.is_test or merged_away:
        return "excluded"
    if is_escalated(ticket, definition):
        return "escalated"
    resolved_at, reopened_at = ticket.last_resolved_at, ticket.last_reopened_at
    if (
        not done
        and resolved_at is not None
        and reopened_at is not None
        and resolved_at < reopened_at <= resolved_at + definition.reopen_window
    ):
        return "reopened"
    if definition.negative_csat_disqualifies and ticket.csat in (1, 2):
        return "negative"
    if done and (ticket.customer_confirmed or ticket.csat in (4, 5)):
        return "resolved_confirmed"
    silent = (
        as_of is not None
        and ticket.last_customer_message_at is not None
        and ticket.last_customer_message_at + definition.inactivity <= as_of
    )
    # NULL bot replies are unknown: neither "answered" nor "never answered".
    bot_answered = None if ticket.bot_public_replies is None else ticket.bot_public_replies > 0
    if done or (definition.accept_assumed and bot_answered is True and silent):
        return "resolved_assumed"
    if bot_answered is False and silent:
        return "abandoned"
    return "pending"


def is_escalated(ticket: Ticket, definition: OutcomeDefinition) -> bool:
    """Escalated, a human asked for, or (where the definition says so) a human public reply."""
    human_reply = definition.human_reply_disqualifies and (ticket.human_public_replies or 0) > 0
    return ticket.escalated_at is not None or ticket.human_requested_at is not None or human_reply


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

    The newest completed_at (NULL is the oldest), then the newest started_at.
    """

    def age(row: RawRow) -> tuple[datetime, datetime, str]:
        completed, started = (
            parse_time(row.get(name)) or _LONG_AGO for name in ("completed_at", "started_at")
        )
        return completed, started, repr(sorted(row.values.items()))

    current: dict[str, RawRow] = {}
    for row in sorted(rows, key=age):
        current[row.values["workflow_id"]] = row
    return {
        workflow_id: WorkflowOutcome(
            row.get("outcome"),
            parse_bool(row.get("is_success")),
            shown(row.get("tenant_id")),
            parse_time(row.get("completed_at")),
            word(row.get("use_case")),
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
) -> Case:
    """Outcome, maturity, deflection, automation and segment attributes of one case."""
    if ticket is None:
        outcome, escalated = "unknown", None
    else:
        outcome = outcome_of(ticket, merged_away, definition, as_of)
        escalated = is_escalated(ticket, definition)
    resolved = outcome in RESOLVED
    resolved_at = _resolved_at(ticket, definition) if resolved and ticket else None
    human = ticket.human_public_replies if ticket else None
    deflected = (None if human is None else human == 0) if resolved else False
    mature = (
        resolved_at is not None
        and as_of is not None
        and as_of > resolved_at + definition.reopen_window
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
        is_deflected=deflected,
        is_escalated=escalated,
        is_mature=mature,
        automation_class=_automation_class(ticket, bool(attempts), escalated),
        cost=cost_sum(attempt.cost_usd for attempt in attempts),
    )


def _resolved_at(ticket: Ticket, definition: OutcomeDefinition) -> datetime | None:
    """last_resolved_at, else closed_at, else when inactivity ran out."""
    ran_out = (
        ticket.last_customer_message_at and ticket.last_customer_message_at + definition.inactivity
    )
    return ticket.last_resolved_at or ticket.closed_at or ran_out


def _automation_class(ticket: Ticket | None, has_attempts: bool, escalated: bool | None) -> str:
    """Who did the work, first match; NULL replies are unknown."""
    if ticket is None:
        return "unknown"
    if not has_attempts:
        return "human_only"
    bot, human = ticket.bot_public_replies, ticket.human_public_replies
    if bot is None or human is None:
        return "unknown"
    if bot > 0:
        return "fully_automated" if human == 0 and not escalated else "partially_automated"
    return "agent_assisted"


def build_workflows(
    attempts: Sequence[Attempt],
    tickets: Mapping[str, Ticket],
    outcomes: Mapping[str, WorkflowOutcome],
    definition: OutcomeDefinition,
    as_of: datetime | None,
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
    for workflow_id, own in members.items():
        own.sort(key=lambda attempt: attempt.occurred_at)
        kind = next(kind for kind in _KINDS if kind in kinds[workflow_id])
        use_case = "support" if kind == "ticket" else first_met(own, "use_case")
        ticket = tickets.get(workflow_id)
        row = outcomes.get(workflow_id)
        case: Case | None = None
        if ticket or use_case == "support":
            case = build_case(workflow_id, ticket, False, own, definition, as_of)
            cases[workflow_id] = case
        workflows[workflow_id] = Workflow(
            workflow_id=workflow_id,
            kind=kind,
            # A case is support; of another workflow the outcome may say what no attempt does.
            use_case="support" if case else use_case or (row.use_case if row else None),
            attempts=own,
            intent=case.intent if case else first_met(own, "intent"),
            tenant_id=case.tenant_id
            if case
            else (row.tenant_id if row else None) or first_met(own, "tenant_id"),
            outcome=case.outcome if case else (row.outcome if row else None) or "unknown",
            is_success=_case_success(case) if case else (row.is_success if row else None),
            case=case,
            outcome_row=row,
        )
    for ticket_id, ticket in tickets.items():
        if ticket_id not in cases:
            merged_away = surviving_id(ticket_id, tickets) != ticket_id
            cases[ticket_id] = build_case(ticket_id, ticket, merged_away, [], definition, as_of)
    return workflows, cases


def _case_success(case: Case) -> bool | None:
    """Resolved; unknown without a ticket row."""
    return None if case.ticket is None else case.is_resolved


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
        **_counts(own),
    }
    for name in ("input_tokens", "output_tokens"):
        given = [count for attempt in own if (count := attempt.tokens[name]) is not None]
        record[name] = sum(given) if given else None
    return {**record, "cost_usd": costs.value, "unpriced_attempts": costs.unknown}
