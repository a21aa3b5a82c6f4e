"""What goes wrong between an application and a warehouse, planted in counted numbers.

Rejected rows are extra rows. Flagged rows are real ones that were spoiled, each in one way only, so
that the counts of tests/expected/planted_rows.csv can be compared one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from demo_company.draw import END, START, iso, lognormal, pick, token
from demo_company.records import Attempt, Company, Invoice, Outcome, Ticket

REJECTED = {
    "unparsable_line": 6,
    "no_usable_time": 5,
    "negative_token_count": 4,
    "fractional_token_count": 4,
    "text_token_count": 4,
}
OUT_OF_SCOPE = {"test": 120, "demo": 80, "dev": 50, "unlabelled": 12}
# What a copy of a call does not say again: each planted kind is counted once.
SAID_OF_ONE_CALL = (
    *("reported_cost_usd", "reported_cost", "reported_cost_currency", "tool_fee_usd"),
    *("is_cache_hit", "uncached_input_tokens", "cache_write_1h_tokens", "source_system"),
    *("trace_id", "agent_name", "parent_request_id"),
)
LATE_SHARE, REDELIVERED_SHARE, CONFLICTS = 0.02, 0.005, 8
NAMES = ("Sam Sample", "Dana Demo", "Eli Example")


def spoil(company: Company, users: set[str], rng: Random, newer: Random) -> None:
    """Spoil single rows, add what is out of scope or unusable, deliver some late or twice.

    `newer` draws for what was added since, so that all else stays as it was.
    """
    clean = [
        each
        for each in company.llm_requests
        if not each.incident
        and each.status == "success"
        and each.data_mode == "real"
        and each.workflow_id is None
        and each.provider == "openai"
    ]
    rng.shuffle(clean)
    pool = iter(clean)
    # Copies are taken before anything is spoiled: each planted kind is counted once.
    copies = iter(list(_copies(company, rng, sum(OUT_OF_SCOPE.values()) + sum(REJECTED.values()))))
    for kind, (count, change) in FLAGGED.items():
        for _ in range(count):
            change(next(pool), rng)
        company.plant("llm_requests", kind, count)
    _lose_usage(company, rng)
    _add_out_of_scope(company, rng, copies)
    _be_late(company, rng, pool)
    _reject(company, rng, copies)
    _deliver_twice(company, rng, pool)
    for kind, (count, change) in FLAGGED_SINCE.items():
        for _ in range(count):
            change(next(pool), newer)
        company.plant("llm_requests", kind, count)
    _miss_nearly(company, pool)
    _spoil_other_tables(company, rng)
    _spoil_tickets(company, newer)
    company.llm_requests.sort(key=lambda each: each.order or START)
    _count_rows(company, users)


def _set(**cells: str | int | None) -> Callable[[Attempt, Random], None]:
    def change(each: Attempt, rng: Random) -> None:  # noqa: ARG001 - one signature for all changes
        for name, value in cells.items():
            setattr(each, name, value)

    return change


def _cached_above_input(each: Attempt, rng: Random) -> None:
    each.cached_input_tokens = int(each.input_tokens or 0) + rng.randint(20, 400)
    each.cache_write_tokens = None


def _total_disagrees(each: Attempt, rng: Random) -> None:
    each.total_tokens = (
        int(each.input_tokens or 0) + int(each.output_tokens or 0) + rng.randint(5, 90)
    )


def _email(each: Attempt, rng: Random) -> None:
    each.user_id = f"customer{rng.randint(10, 99)}@example.com"


def _phone(each: Attempt, rng: Random) -> None:
    each.user_id = f"+1 202-555-01{rng.randint(10, 99)}"


def _name(each: Attempt, rng: Random) -> None:
    each.user_id = rng.choice(NAMES)


def _dated_model(each: Attempt, rng: Random) -> None:  # noqa: ARG001 - as above
    each.model = f"{each.model}-2026-06-18"


def _whole_decimal(each: Attempt, rng: Random) -> None:  # noqa: ARG001 - one signature for all changes
    each.output_tokens = f"{each.output_tokens}.0"


def _spell_tag_otherwise(each: Attempt, rng: Random) -> None:  # noqa: ARG001 - as above
    each.endpoint_tag = f" {str(each.endpoint_tag).title()}"


def _lost_ticket(each: Attempt, rng: Random) -> None:
    each.ticket_id, each.conversation_id = f"T-{rng.randint(990_000, 999_999)}", None


FLAGGED: dict[str, tuple[int, Callable[[Attempt, Random], None]]] = {
    "no_external_request_id": (18, _set(external_request_id=None)),
    "unknown_status": (9, _set(status="done-ish")),
    "missing_status": (5, _set(status=None)),
    "status_spelled_otherwise": (25, _set(status=" OK ")),
    "environment_spelled_otherwise": (20, _set(environment="Production")),
    "unknown_tag": (10, _set(endpoint_tag="beta.smart_assist")),
    "tag_spelled_otherwise": (12, _spell_tag_otherwise),
    "cached_above_input": (8, _cached_above_input),
    "total_disagrees": (9, _total_disagrees),
    "missing_prompt_version": (30, _set(prompt_version=None)),
    "raw_email_user_id": (5, _email),
    "raw_phone_user_id": (3, _phone),
    "raw_name_user_id": (4, _name),
    "missing_user_id": (40, _set(user_id=None)),
    "unpriced_model": (
        14,
        _set(provider="selfhosted", model="helpdesk-ft-8b", reported_cost_usd=None),
    ),
    "dated_model_id": (40, _dated_model),
    "no_workflow_id": (60, _set(ticket_id=None, conversation_id=None)),
    "ticket_without_row": (8, _lost_ticket),
    "estimated_usage": (70, _set(usage_source="estimated")),
    "whole_decimal_token_count": (6, _whole_decimal),
    "no_occurred_at": (7, _set(occurred_at=None)),
    "unparsable_occurred_at": (4, _set(occurred_at="yesterday noon")),
    "no_ingested_at": (5, _set(ingested_at=None)),
}


def _gateway_name(each: Attempt, rng: Random) -> None:  # noqa: ARG001 - as above
    each.provider, each.model = "openrouter", f"{each.provider}/{each.model}"


def _with_a_unit(each: Attempt, rng: Random) -> None:  # noqa: ARG001 - as above
    each.latency_ms = f"{each.latency_ms}ms"


def _with_a_comma(each: Attempt, rng: Random) -> None:
    each.reported_cost_usd = f"0,{rng.randint(100, 999):06}"


FLAGGED_SINCE: dict[str, tuple[int, Callable[[Attempt, Random], None]]] = {
    "placeholder_user_id": (6, _set(user_id="undefined")),
    "placeholder_tenant_id": (6, _set(tenant_id="null")),
    "finish_reason_for_status": (20, _set(status="stop")),
    "truncated": (6, _set(status="length")),
    "gateway_model_name": (12, _gateway_name),
    "provider_spelled_otherwise": (6, _set(provider="openai.responses")),
    "unreadable_latency": (5, _with_a_unit),
    "reported_zero": (10, _set(reported_cost_usd="0")),
    "unreadable_reported_cost": (4, _with_a_comma),
}
NEAR_MISSES = 4


def _miss_nearly(company: Company, pool: Iterator[Attempt]) -> None:
    """A ticket's id in other letters: a case of its own, beside the ticket."""
    missed = [each for each in islice(pool, 40) if each.ticket_id][:NEAR_MISSES]
    for each in missed:
        each.ticket_id = str(each.ticket_id).lower()
    company.plant("llm_requests", "near_miss_ticket_id", len(missed))
    company.plant("llm_requests", "ticket_without_row", len(missed))


def _lose_usage(company: Company, rng: Random) -> None:
    """Calls that failed before any usage came back: unobserved, not free."""
    failed = [e for e in company.llm_requests if e.status == "rate_limited" and not e.incident]
    lost = rng.sample(failed, 25)
    for each in lost:
        each.input_tokens = each.output_tokens = each.reported_cost_usd = None
        each.uncached_input_tokens = None
    company.plant("llm_requests", "no_usage", len(lost))


def _copies(company: Company, rng: Random, count: int) -> Iterator[Attempt]:
    """New requests that look like real ones; their own ids."""
    models = [
        each for each in company.llm_requests if each.status == "success" and each.ingested_at
    ]
    for each in rng.sample(models, count):
        cache = int(each.cached_input_tokens or 0) + int(each.cache_write_tokens or 0)
        uncached = each.uncached_input_tokens
        copy = replace(
            each,
            external_request_id=token(rng, "req_", 16),
            incident="extra",
            input_tokens=each.input_tokens if uncached is None else int(uncached) + cache,
        )
        for name in SAID_OF_ONE_CALL:
            setattr(copy, name, None)
        yield copy


def _add_out_of_scope(company: Company, rng: Random, copies: Iterator[Attempt]) -> None:
    scopes: dict[str, tuple[str | None, str | None]] = {
        "test": ("test", "staging"),
        "demo": ("demo", "prod"),
        "dev": ("real", "dev"),
        "unlabelled": (None, None),
    }
    for kind, (data_mode, environment) in scopes.items():
        for each in islice(copies, OUT_OF_SCOPE[kind]):
            each.data_mode, each.environment = data_mode, environment
            each.ticket_id = each.conversation_id = None
            each.workflow_id = token(rng, "try_", 6)
            company.llm_requests.append(each)


def _be_late(company: Company, rng: Random, pool: Iterator[Attempt]) -> None:
    count = round(LATE_SHARE * len(company.llm_requests))
    late = 0
    for each in pool:
        if late == count:
            break
        if each.order is None or each.order > END - timedelta(days=4) or not each.occurred_at:
            continue
        each.order += timedelta(hours=rng.uniform(24.5, 71))
        each.ingested_at = iso(each.order)
        late += 1
    company.plant("llm_requests", "late", late)


def _reject(company: Company, rng: Random, copies: Iterator[Attempt]) -> None:
    for kind, count in REJECTED.items():
        for each in islice(copies, count):
            company.llm_requests.append(_rejected(kind, each, rng))
        company.plant("llm_requests", kind, count)


def _rejected(kind: str, each: Attempt, rng: Random) -> Attempt:
    if kind == "unparsable_line":
        line = f'{{"externalRequestId":"{each.external_request_id}","provider":"openai","inputTok'
        return Attempt(corrupt_record=line, order=each.order, incident="extra")
    if kind == "no_usable_time":
        each.occurred_at = each.ingested_at = None
    elif kind == "negative_token_count":
        each.output_tokens = -rng.randint(1, 400)
    elif kind == "fractional_token_count":
        each.input_tokens = f"{each.input_tokens}.5"
    else:
        each.input_tokens = pick(rng, ("n/a", "many"), (1, 1))
    return each


def _deliver_twice(company: Company, rng: Random, pool: Iterator[Attempt]) -> None:
    """The same event again, later. In a few the payload changed on the way."""
    count = round(REDELIVERED_SHARE * len(company.llm_requests))
    again = []
    for number in range(count):
        each = next(pool)
        assert each.order is not None  # noqa: S101 - the pool holds delivered rows only
        order = each.order + timedelta(seconds=30 + lognormal(rng, 900, 1.0))
        copy = replace(each, order=order, ingested_at=iso(order), incident="redelivery")
        if number < CONFLICTS:
            copy.output_tokens = int(copy.output_tokens or 0) + rng.randint(10, 90)
        again.append(copy)
    company.llm_requests += again
    company.plant("llm_requests", "redelivery", count)
    company.plant("llm_requests", "redelivery_with_conflict", CONFLICTS)


def _spoil_other_tables(company: Company, rng: Random) -> None:
    company.tickets += [
        Ticket(status="open", channel="email", opened_at=iso(START)) for _ in range(2)
    ]
    company.tickets.append(Ticket(corrupt_record='T-100999,northwind,"email,billing'))
    company.plant("tickets", "missing_key", 2)
    company.plant("tickets", "unparsable_line", 1)
    company.workflow_outcomes.append(Outcome(use_case="sales", outcome="email_sent"))
    company.plant("workflow_outcomes", "missing_key", 1)
    company.provider_invoices.append(
        Invoice(billing_month="2026-08", billed_usd="1.00", currency="USD")
    )
    company.plant("provider_invoices", "missing_key", 1)
    again = rng.choice(
        [each for each in company.tickets if each.status == "closed" and each.updated_at]
    )
    company.tickets.append(replace(again))
    company.plant("tickets", "identical_redelivery", 1)


def _spoil_tickets(company: Company, rng: Random) -> None:
    """What one help desk exports in its own way: words, times and ratings."""
    versions = Counter(each.ticket_id for each in company.tickets)
    closed = [
        each
        for each in company.tickets
        if each.status == "closed"
        and each.last_resolved_at
        and not each.merged_into_ticket_id
        and versions[each.ticket_id] == 1
    ]
    chosen = iter(rng.sample(closed, sum(TICKET_FLAWS.values())))
    for kind, count in TICKET_FLAWS.items():
        for each in islice(chosen, count):
            if kind == "unknown_ticket_status":
                each.status = "erledigt"
            elif kind == "ticket_status_spelled_otherwise":
                each.status = " Closed"
            elif kind == "unreadable_ticket_time":
                each.last_resolved_at = f"{_moment(each.last_resolved_at):%d-%m-%Y %H:%M}"
            elif kind == "epoch_ticket_time":
                each.last_resolved_at = f"{_moment(each.last_resolved_at).timestamp():.0f}"
            else:
                each.csat = "very good"
        company.plant("tickets", kind, count)


TICKET_FLAWS = {
    "unknown_ticket_status": 3,
    "ticket_status_spelled_otherwise": 6,
    "unreadable_ticket_time": 3,
    "epoch_ticket_time": 5,
    "unreadable_csat": 4,
}


def _moment(text: str | None) -> datetime:
    return datetime.fromisoformat(str(text))


def _count_rows(company: Company, users: set[str]) -> None:
    """Kinds of more than one origin are counted in what is written, redeliveries included."""
    for each in company.llm_requests:
        if each.corrupt_record is not None:
            continue
        if each.data_mode in ("test", "demo"):
            company.plant("llm_requests", f"data_mode_{each.data_mode}")
        elif each.environment == "dev":
            company.plant("llm_requests", "environment_dev")
        elif each.data_mode is None:
            company.plant("llm_requests", "unlabelled_scope")
        if each.user_id and each.user_id not in users and not each.tenant_id:
            company.plant("llm_requests", "unknown_user")
        if each.attempt_number not in (None, 1):
            company.plant("llm_requests", "attempt_number_over_1")
        if each.reported_cost_usd:
            company.plant("llm_requests", "reported_cost")
        if each.uncached_input_tokens is not None:
            company.plant("llm_requests", "uncached_input")
    company.plant("llm_requests", "all", len(company.llm_requests))
    company.plant("tickets", "all", len(company.tickets))
    company.plant("workflow_outcomes", "all", len(company.workflow_outcomes))
    company.plant("provider_invoices", "all", len(company.provider_invoices))
