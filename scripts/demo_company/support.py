"""Support: chats that end with an answer, tickets of several turns, and what became of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo_company import incidents as plan
from demo_company.calls import Caller
from demo_company.draw import (
    END,
    HEX,
    START,
    days,
    iso,
    lognormal,
    pick,
    starts_of_day,
    stream,
    token,
)
from demo_company.records import Attempt, Company, Detail, Ticket
from demo_company.reference import Reference

CASES_PER_WEEK = 82
CHAT_SHARE = 0.40  # deflection chats: they never become a ticket


@dataclass(frozen=True)
class Intent:
    name: str
    queue: str
    weight: float
    escalates: float  # of tickets; chats escalate far less
    turns: float
    reply_model: str
    knowledge: float  # chance that a turn looks something up in the help centre
    tool: str | None = None


INTENTS = (
    Intent("order_status", "orders", 20, 0.12, 2.0, "gpt-5.6-luna", 0.15, "lookup_order"),
    Intent("how_to", "general", 22, 0.20, 2.4, "gpt-5.6-terra", 0.75),
    Intent("password_reset", "account", 13, 0.12, 1.8, "gpt-5.6-luna", 0.35, "send_reset_link"),
    Intent("refund", "billing", 13, 0.36, 3.0, "gpt-5.6-terra", 0.40, "lookup_payment"),
    Intent("cancellation", "account", 8, 0.30, 2.6, "gpt-5.6-terra", 0.35),
    Intent("bug_report", "technical", 10, 0.45, 3.8, "gpt-5.6-terra", 0.55),
    Intent("integration", "technical", 6, 0.42, 4.2, "gpt-5.6-terra", 0.70, "search_api_docs"),
    Intent("billing_dispute", "billing", 5, 0.52, 3.6, "gpt-5.6-terra", 0.35, "lookup_payment"),
    Intent("policy_exception", "billing", 3, 0.62, 3.4, "gpt-5.6-sol", 0.30),
)
PRIORITIES = {"low": "low", "medium": "normal", "high": "high"}
PROJECTS = ("web_app", "mobile_app", "marketplace")


def make_support(company: Company, reference: Reference, seed: int) -> None:
    number = 0
    for day in days():
        for at in starts_of_day(stream(seed, "support", day), day, CASES_PER_WEEK):
            number += 1
            Case(company, reference, stream(seed, "case", number), number, at).play()
    _abuse(company, reference, stream(seed, "abuse"))
    _merge_some(company, stream(seed, "merges"))


class Case:
    """One customer's question, from the first message to its state when the export is taken."""

    def __init__(
        self, company: Company, reference: Reference, rng: Random, number: int, at: datetime
    ) -> None:
        self.company, self.rng, self.opened = company, rng, at
        self.intent = pick(rng, INTENTS, [each.weight for each in INTENTS])
        self.is_chat = rng.random() < CHAT_SHARE
        self.channel = (
            "chat" if self.is_chat else pick(rng, ("chat", "email", "web_form"), (35, 45, 20))
        )
        self.is_spam = not self.is_chat and rng.random() < 0.015
        self.is_test = not self.is_chat and rng.random() < 0.010
        self.assisted = not self.is_chat and not self.is_spam and rng.random() < 0.08
        weights = [1 / (rank + 1) ** 0.95 for rank in range(len(reference.tenants))]
        self.tenant = pick(rng, reference.tenants, weights)
        unknown = rng.random() < 0.010
        user = (
            token(rng, "u_", 12, HEX)
            if unknown
            else rng.choice(reference.users[self.tenant]).user_id
        )
        self.tenant = "" if unknown else self.tenant
        self.case_id = f"C-{200_000 + number}" if self.is_chat else f"T-{100_000 + number}"
        shared = Attempt(
            user_id=user,
            home_tenant=self.tenant,
            ticket_id=None if self.is_chat else self.case_id,
            conversation_id=self.case_id if self.is_chat else None,
            queue=self.intent.queue,
            intent=self.intent.name,
            data_mode="test" if self.is_test else "real",
            environment="staging" if self.is_test else "prod",
            usage_source="provider",
        )
        self.caller = Caller(
            reference,
            rng,
            at,
            shared,
            through_gateway=rng.random() < 0.10,
            tag_style="old" if self.channel == "web_form" else "",
        )
        self.bot_replies = 0
        self.last_bot_reply: datetime | None = None
        self.last_message = at
        self.escalates = rng.random() < self.intent.escalates * (0.12 if self.is_chat else 1.22)
        self.human_asked: datetime | None = None

    def play(self) -> None:
        self._call("support.intent_route", stage="route")
        if self.assisted:
            self._help_the_agent()
        elif not self.is_spam:
            self._converse()
        self._write_ticket()

    def _call(
        self, tag: str, *, turn: int | None = None, history: float = 0.0, **given: Detail
    ) -> None:
        self.company.llm_requests += self.caller.call(tag, turn=turn, history=history, **given)

    def _converse(self) -> None:
        rng = self.rng
        mean = 0.55 if self.is_chat else self.intent.turns
        turns = max(1, min(12, round(lognormal(rng, mean + 0.2, 0.60))))
        history = 0.0
        for turn in range(1, turns + 1):
            if turn > 1:
                self.caller.wait(150 if self.channel == "chat" else 3_600, 1.0)
            if self.caller.at >= END:
                return
            self.last_message = self.caller.at
            self._turn(turn, history)
            history += lognormal(rng, 560, 0.45)
            if turn in (3, 6, 9) and turn < turns:
                self._call("support.thread_summary", stage="summarise", history=history)
                if not plan.CONTEXT_CREEP.covers("support.reply", self.caller.at):
                    history *= 0.5  # older turns go back in as a summary
        if self.escalates and self.caller.at < END:
            self.human_asked = self.caller.at if rng.random() < 0.35 else None
            self._hand_over(history)

    def _turn(self, turn: int, history: float) -> None:
        rng, intent = self.rng, self.intent
        if rng.random() < intent.knowledge * 0.9:
            hit = rng.random() < 0.84
            self._call(
                "support.rag_answer",
                turn=turn,
                stage="retrieve",
                retrieval_config="kb_v3",
                retrieval_top_k=6,
                retrieved_chunks=rng.randint(3, 6),
                retrieval_hit="true" if hit else "false",
            )
        if intent.tool and rng.random() < 0.45:
            hashed = token(rng, "h_", 8, HEX)
            repeats = (
                3 if rng.random() < 0.04 else 1
            )  # now and then the same question again and again
            for _ in range(repeats):
                self._reply(
                    turn,
                    history,
                    tool_name=intent.tool,
                    tool_input_hash=hashed,
                    tool_output_tokens=int(lognormal(rng, 260, 0.7)),
                )
        self._reply(turn, history)
        self.bot_replies += 1
        self.last_bot_reply = self.caller.at

    def _reply(self, turn: int, history: float, **tool: Detail) -> None:
        model = self.intent.reply_model
        drifts = plan.ROUTING_DRIFT.covers("support.reply", self.caller.at)
        low_risk = self.caller.reference.intents[self.intent.name]["risk_level"] == "low"
        chance = plan.ROUTING_DRIFT.magnitude if drifts else 0.015
        if low_risk and self.rng.random() < chance:
            model = plan.ROUTING_DRIFT.model
        self._call("support.reply", turn=turn, history=history, model=model, stage="answer", **tool)

    def _hand_over(self, history: float) -> None:
        """Summary and draft for the human; sometimes a loop of drafts that nobody asked for."""
        rng = self.rng
        self._call("support.thread_summary", stage="summarise", history=history)
        loops = pick(rng, (1, 2, 4), (85, 11, 4))
        for loop in range(loops):
            self.caller.wait(6, 0.4)
            self._call(
                "support.ticket_draft",
                stage="draft" if loop == 0 else "rewrite",
                history=history / 2,
            )

    def _help_the_agent(self) -> None:
        for _ in range(pick(self.rng, (1, 2, 3), (55, 30, 15))):
            self.caller.wait(2_400, 1.0)
            self._call("support.thread_summary", stage="summarise", history=600)
            self._call("support.ticket_draft", stage="draft")

    def _write_ticket(self) -> None:
        rng = self.rng
        ended = min(self.caller.at, END)
        human = self.assisted or self.escalates
        ticket = Ticket(
            ticket_id=self.case_id,
            tenant_id=self.tenant or None,
            channel=self.channel,
            queue=self.intent.queue,
            intent=self.intent.name,
            project=pick(rng, PROJECTS, (50, 32, 18)),
            opened_at=iso(self.opened),
            bot_public_replies=self.bot_replies,
            human_public_replies=0,
            reopen_count=0,
            is_spam="true" if self.is_spam else "false",
            is_test="true" if self.is_test else "false",
            last_customer_message_at=iso(self.last_message),
            status="open",
            requester_id=self.caller.shared.user_id,
            priority=PRIORITIES[self.caller.reference.intents[self.intent.name]["risk_level"]],
            source_system="zendesk",
        )
        state = _Snapshot(ticket)
        if self.last_bot_reply:
            state.stamp("last_bot_reply_at", self.last_bot_reply)
        if self.is_spam:
            state.set("closed_at", "closed", ended + timedelta(minutes=5))
        elif human:
            self._human_side(ticket, state, ended)
        elif self.is_chat and rng.random() < 0.55:
            ticket.status = "open"  # nobody closes a chat: silence decides
        elif rng.random() < 0.93:
            self._solved(ticket, state, ended + timedelta(seconds=60 + lognormal(rng, 1_500, 1.6)))
        if ticket.last_resolved_at and rng.random() < 0.25:
            happy = (2, 3, 8, 32, 55) if not human else (8, 10, 22, 34, 26)
            ticket.csat = pick(rng, (1, 2, 3, 4, 5), happy)
        if ticket.last_resolved_at and rng.random() < 0.30:
            ticket.customer_confirmed = "true" if rng.random() < 0.93 else "false"
        if rng.random() < 0.01:  # an export that lost its counters
            ticket.bot_public_replies = ticket.human_public_replies = None
            ticket.last_bot_reply_at = ticket.last_human_reply_at = None
            self.company.plant("tickets", "null_replies")
        if ticket.last_resolved_at:
            ticket.resolved_by = "human" if human else "bot"
        ticket.updated_at = iso(max(state.newest, ended))
        self.company.tickets.append(ticket)
        for flag in ("is_spam", "is_test"):
            if getattr(ticket, flag) == "true":
                self.company.plant("tickets", flag)
        if not self.is_chat and rng.random() < 0.07:
            self._earlier_version(ticket)

    def _human_side(self, ticket: Ticket, state: _Snapshot, ended: datetime) -> None:
        rng = self.rng
        if self.escalates and not self.assisted:
            state.stamp("escalated_at", ended)
            if self.human_asked:
                state.stamp("human_requested_at", self.human_asked)
        replied = ended + timedelta(seconds=300 + lognormal(rng, 5_400, 1.1))
        state.stamp("first_human_reply_at", replied)
        if replied < END:
            ticket.human_public_replies = 1 + int(rng.random() ** 2 * 5)
            minutes = float(self.caller.reference.intents[self.intent.name]["human_handle_minutes"])
            ticket.handle_minutes = f"{max(1.0, lognormal(rng, minutes * 0.7, 0.5)):.1f}"
            state.stamp("last_human_reply_at", replied)
        if rng.random() < 0.95:
            self._solved(ticket, state, replied + timedelta(seconds=lognormal(rng, 79_200, 1.9)))

    def _solved(self, ticket: Ticket, state: _Snapshot, at: datetime) -> None:
        rng = self.rng
        if not state.set("first_resolved_at", "solved", at):
            return
        ticket.last_resolved_at = ticket.first_resolved_at
        if rng.random() < 0.018:
            again = at + timedelta(hours=lognormal(rng, 30, 0.8))
            if state.set("last_reopened_at", "open", again):
                ticket.reopen_count = 1
                second = again + timedelta(hours=lognormal(rng, 20, 1.0))
                if rng.random() < 0.6 and state.set("last_resolved_at", "solved", second):
                    at = second
                else:
                    return
        if rng.random() < 0.7:
            state.set("closed_at", "closed", at + timedelta(days=4))

    def _earlier_version(self, ticket: Ticket) -> None:
        """The same ticket as an earlier export saw it: open, unanswered, older."""
        self.company.tickets.append(
            Ticket(
                ticket_id=ticket.ticket_id,
                tenant_id=ticket.tenant_id,
                channel=ticket.channel,
                queue="general",
                intent=ticket.intent,
                project=ticket.project,
                status="new",
                opened_at=ticket.opened_at,
                reopen_count=0,
                human_public_replies=0,
                bot_public_replies=0,
                last_customer_message_at=ticket.opened_at,
                is_spam="false",
                is_test=ticket.is_test,
                updated_at=ticket.opened_at,
                requester_id=ticket.requester_id,
                priority=ticket.priority,
                source_system=ticket.source_system,
            )
        )
        self.company.plant("tickets", "older_version")


class _Snapshot:
    """Writes only what had happened when the export was taken."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket, self.newest = ticket, START

    def stamp(self, name: str, at: datetime) -> bool:
        if at >= END:
            return False
        setattr(self.ticket, name, iso(at))
        self.newest = max(self.newest, at)
        return True

    def set(self, name: str, status: str, at: datetime) -> bool:
        if not self.stamp(name, at):
            return False
        self.ticket.status = status
        return True


def _abuse(company: Company, reference: Reference, rng: Random) -> None:
    """One unknown user, many short conversations, no ticket behind any of them."""
    incident = plan.ABUSE_BURST
    user = token(rng, "u_", 12, HEX)
    seconds = (incident.ends_at - incident.starts_at).total_seconds() - 600
    sent = 0
    conversation = 0
    while sent < incident.magnitude:
        conversation += 1
        at = incident.starts_at + timedelta(seconds=rng.random() * seconds)
        shared = Attempt(
            user_id=user,
            conversation_id=f"C-{900_000 + conversation}",
            queue="general",
            intent="how_to",
            data_mode="real",
            environment="prod",
            usage_source="provider",
            incident=incident.incident_id,
        )
        caller = Caller(reference, rng, at, shared)
        for turn in range(1, min(rng.randint(4, 12), int(incident.magnitude) - sent) + 1):
            made = caller.call(
                "support.reply", turn=turn, history=turn * 700, input_scale=1.5, stage="answer"
            )
            if rng.random() < 0.45:
                made[-1].status, made[-1].error_code = "error", "content_filter"
            company.llm_requests += made
            caller.wait(2, 0.5)
            sent += 1


def _merge_some(company: Company, rng: Random) -> None:
    """Single merges, one chain of two merges, one cycle of two tickets."""
    versions = Counter(each.ticket_id for each in company.tickets)
    largest = Counter(each.tenant_id for each in company.tickets if each.tenant_id).most_common(1)[
        0
    ][0]
    plain = [
        each
        for each in company.tickets
        if (each.ticket_id or "").startswith("T-")
        and each.is_spam == each.is_test == "false"
        and each.status in ("solved", "closed")
        and not each.escalated_at
        and each.tenant_id == largest
        and versions[each.ticket_id] == 1
    ]
    chosen = [plain[index] for index in sorted(rng.sample(range(len(plain)), 25))]
    for source, target in zip(chosen[0:20:2], chosen[1:20:2], strict=True):
        source.merged_into_ticket_id = target.ticket_id
    first, second, third, fourth, fifth = chosen[20:]
    first.merged_into_ticket_id, second.merged_into_ticket_id = second.ticket_id, third.ticket_id
    fourth.merged_into_ticket_id, fifth.merged_into_ticket_id = fifth.ticket_id, fourth.ticket_id
    company.plant("tickets", "merged_into_another", 10)
    company.plant("tickets", "merged_in_chain", 2)
    company.plant("tickets", "merged_in_cycle", 2)
