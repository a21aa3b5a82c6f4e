"""What version 2 of the input contract lets senders say, of calls that were made before it.

One source counts as Anthropic does, a gateway answers from its own store or reports another
currency, tools have fees. Everything is drawn from a stream of its own and leaves the rest as it
was.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random

from demo_company.calls import list_price
from demo_company.records import Attempt, Company
from demo_company.reference import Reference

GATEWAY, AGENT_SDK = "gateway", "agent_sdk"
# Agents kept some of what they write to the cache for an hour, until somebody looked at the price.
ONE_HOUR_SHARE, ONE_HOUR_UNTIL = 0.6, "2026-10"
CACHE_HITS, TOOL_FEES, IN_DOLLARS, IN_EUROS = 20, 40, 60, 12
TOOL_FEE = Decimal("0.01")


def say_more(company: Company, reference: Reference, rng: Random) -> None:
    for each in company.llm_requests:
        if each.reported_cost_usd:
            each.source_system = GATEWAY
    _name_agents(company, reference)
    _keep_for_an_hour(company, reference, rng)
    _count_without_the_cache(company)
    _answer_from_the_store(company, rng)
    _bill_tools(company, rng)
    _report_in_a_currency(company, rng)


def _name_agents(company: Company, reference: Reference) -> None:
    """Agents that write code say who called whom, and for what."""
    roots: dict[str, str | None] = {}
    for each in company.llm_requests:
        if reference.endpoints.get(each.canonical_tag, {}).get("use_case") != "code":
            continue
        workflow = str(each.workflow_id)
        root = roots.setdefault(workflow, each.external_request_id)
        each.trace_id = workflow.replace("dev_", "tr_")
        each.agent_name = each.canonical_tag.removeprefix("dev.")
        if each.external_request_id != root:
            each.parent_request_id = root
        if each.provider == "anthropic" and not each.reported_cost_usd:
            each.source_system = AGENT_SDK


def _keep_for_an_hour(company: Company, reference: Reference, rng: Random) -> None:
    plain = _plain(
        company,
        lambda one: one.source_system == AGENT_SDK and str(one.occurred_at) < ONE_HOUR_UNTIL,
    )
    for each in plain:
        if each.cache_write_tokens and rng.random() < ONE_HOUR_SHARE:
            each.cache_write_1h_tokens = each.cache_write_tokens
            each.price_usd = list_price(reference, each) or Decimal(0)
            company.plant("llm_requests", "one_hour_cache_write")


def _count_without_the_cache(company: Company) -> None:
    """As Anthropic does: what was read from the cache and written to it is no input."""
    for each in company.llm_requests:
        if each.source_system == AGENT_SDK:
            cache = int(each.cached_input_tokens or 0) + int(each.cache_write_tokens or 0)
            each.uncached_input_tokens = int(each.input_tokens or 0) - cache
            each.input_tokens = None


def _answer_from_the_store(company: Company, rng: Random) -> None:
    """The gateway repeats the counts of the first answer; nobody was called."""
    plain = _plain(
        company, lambda one: one.canonical_tag == "docs.classify" and not one.reported_cost_usd
    )
    for each in rng.sample(plain, CACHE_HITS):
        each.is_cache_hit, each.source_system, each.price_usd = "true", GATEWAY, Decimal(0)
    company.plant("llm_requests", "cache_hit", CACHE_HITS)


def _bill_tools(company: Company, rng: Random) -> None:
    plain = _plain(
        company,
        lambda one: one.canonical_tag == "sales.pipeline_risk_brief" and not one.reported_cost_usd,
    )
    for each in rng.sample(plain, TOOL_FEES):
        each.tool_fee_usd = format(TOOL_FEE, "f")
        each.price_usd += TOOL_FEE
    company.plant("llm_requests", "tool_fee", TOOL_FEES)


def _report_in_a_currency(company: Company, rng: Random) -> None:
    """Dollars beside their name, and euros for which nobody maintains a rate."""
    plain = _plain(
        company,
        lambda one: one.canonical_tag == "sales.email_draft" and bool(one.reported_cost_usd),
    )
    for number, each in enumerate(rng.sample(plain, IN_DOLLARS + IN_EUROS)):
        cost = Decimal(each.reported_cost_usd or 0)
        is_in_euros = number >= IN_DOLLARS
        each.reported_cost_usd = None
        each.reported_cost = format(cost * Decimal("0.9") if is_in_euros else cost, "f")
        each.reported_cost_currency = "EUR" if is_in_euros else "USD"
    company.plant("llm_requests", "reported_in_dollars", IN_DOLLARS)
    company.plant("llm_requests", "reported_without_rate", IN_EUROS)


def _plain(company: Company, wanted: Callable[[Attempt], bool]) -> list[Attempt]:
    """Calls that went well, of no incident."""
    return [
        each
        for each in company.llm_requests
        if not each.incident and each.status == "success" and wanted(each)
    ]
