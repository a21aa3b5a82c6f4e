"""One logical call of an application: its tokens, its attempts, its price.

Every use case describes *what* it calls; how long prompts are, how calls fail and are retried, and
what an incident does to them is decided here, once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from demo_company import incidents as plan
from demo_company.draw import END, iso, lognormal, pick, token
from demo_company.records import Attempt, Detail
from demo_company.reference import Reference

PROVIDERS = {"gpt": "openai", "text": "openai", "claude": "anthropic", "gemini": "google"}
# Where a call goes when its provider fails: another provider's model of about the same class.
FALLBACKS = {
    "gpt-5.6-luna": "gemini-3.8-flash",
    "gpt-5.6-terra": "claude-sonnet-5",
    "gpt-5.6-sol": "claude-opus-5",
    "claude-sonnet-5": "gpt-5.6-terra",
    "claude-opus-5": "gpt-5.6-sol",
    "claude-haiku-4-5": "gpt-5.6-luna",
}


@dataclass(frozen=True)
class Profile:
    """The usual size of a call: medians, and the sigma of their lognormal spread."""

    model: str
    input_tokens: int
    output_tokens: int
    input_sigma: float = 0.30
    output_sigma: float = 0.55
    cap: int | None = None
    cached_share: float = 0.0  # of the input, when the cache is warm
    fixed_output: bool = False


PROFILES = {
    "support.intent_route": Profile("gpt-5.6-luna", 1_100, 14, 0.20, 0.30, 60, 0.4),
    "support.reply": Profile("gpt-5.6-terra", 3_300, 150, 0.28, 0.55, 600, 0.35),
    "support.rag_answer": Profile("gpt-5.6-terra", 5_200, 190, 0.28, 0.50, 500, 0.15),
    "support.thread_summary": Profile("gpt-5.6-terra", 4_800, 170, 0.32, 0.40, 400),
    "support.ticket_draft": Profile("gpt-5.6-terra", 4_600, 260, 0.30, 0.45, 700),
    "docs.classify": Profile("gpt-5.6-luna", 2_600, 8, 0.45, 0.25, 40),
    "docs.summarize": Profile("gpt-5.6-terra", 7_800, 420, 0.50, 0.40, 900),
    "docs.extract_actions": Profile("claude-haiku-4-5", 7_000, 160, 0.45, 0.50, 500),
    "sales.email_draft": Profile("claude-sonnet-5", 2_900, 300, 0.35, 0.40, 600, 0.2),
    "sales.proposal_summary": Profile("claude-sonnet-5", 8_500, 620, 0.40, 0.35, 1_200),
    "sales.crm_followup": Profile("claude-haiku-4-5", 2_400, 210, 0.35, 0.40, 500),
    "sales.pipeline_risk_brief": Profile("claude-haiku-4-5", 3_200, 120, 0.35, 0.40, 300),
    "dev.generate_patch": Profile("claude-opus-5", 9_500, 620, 0.45, 0.70, 4_000, 0.55),
    "dev.review_pr": Profile("claude-sonnet-5", 9_000, 420, 0.55, 0.55, 1_500),
    "dev.explain_trace": Profile("claude-sonnet-5", 5_500, 380, 0.45, 0.50, 1_200, 0.3),
    "rag.retrieve": Profile("text-embedding-3-small", 24, 0, 0.45, 0.0),
    "rag.rerank": Profile("gpt-5.6-luna", 3_600, 18, 0.25, 0.30, 60),
    "rag.answer": Profile("gpt-5.6-sol", 1_500, 234, 0.24, 0.60, 900),
    "rag.summarize_context": Profile("gemini-3.8-flash", 3_900, 180, 0.30, 0.40, 400),
}


@dataclass
class Caller:
    """What all calls of one workflow share, and the clock that moves from call to call."""

    reference: Reference
    rng: Random
    at: datetime
    shared: Attempt  # a template: user, workflow, queue, intent, scope
    attempt_style: str = (
        "number"  # number | id | none: what the application sends besides the request
    )
    through_gateway: bool = False
    tag_style: str = ""  # an older name of an endpoint, where this application still uses it

    def call(
        self, tag: str, *, turn: int | None = None, history: float = 0.0, **given: Detail
    ) -> list[Attempt]:
        """The attempts of one request, oldest first; moves the clock to the end of the last one."""
        if self.at >= END:
            return []
        profile = PROFILES[tag]
        model = str(given.pop("model", None) or profile.model)
        template = self._template(tag, model, profile, turn, history, given)
        attempts = self._tries(template)
        return [self._finished(each) for each in attempts if each.order and each.order < END]

    def wait(self, median_seconds: float, sigma: float = 1.0) -> None:
        self.at += timedelta(seconds=1 + lognormal(self.rng, median_seconds, sigma))

    def _template(
        self,
        tag: str,
        model: str,
        profile: Profile,
        turn: int | None,
        history: float,
        given: dict[str, Any],
    ) -> Attempt:
        rng = self.rng
        # An endpoint that nobody registered still sends the name of its prompt.
        version = self.reference.prompt_version(tag, self.at) or f"{tag.split('.')[1]}_v1"
        extra = int(given.get("tool_output_tokens") or 0)
        if plan.CONTEXT_CREEP.covers(tag, self.at):
            history *= plan.CONTEXT_CREEP.magnitude
        base = lognormal(rng, profile.input_tokens, profile.input_sigma)
        base *= given.pop("input_scale", 1.0)
        size = base + history + extra
        answer = lognormal(rng, profile.output_tokens, profile.output_sigma)
        cap = float(profile.cap or 10**6)
        change = _release_change(version)
        size, answer = size * (1 + change), answer * (1 + 1.3 * change)
        if plan.VERBOSITY.covers(tag, self.at):
            answer, cap = answer * plan.VERBOSITY.magnitude, 4_000.0
        # The cap is a request to the model: now and then an answer runs over it.
        output = int(min(answer, cap) if rng.random() < 0.97 else answer)
        warm = profile.cached_share * (0.6 if turn in (None, 1) else 1.1)
        cached = int(size * min(0.8, warm * rng.uniform(0.7, 1.3))) if rng.random() < 0.8 else 0
        if size < 1_024:
            cached = 0
        provider = PROVIDERS[model.split("-")[0]]
        written = 0
        if provider == "anthropic" and profile.cached_share and rng.random() < 0.25:
            written, cached = int(size * 0.2), min(cached, int(size * 0.5))
        thinking = (
            int(output * rng.uniform(0.2, 0.6))
            if model in ("gpt-5.6-sol", "claude-opus-5")
            else None
        )
        alias = self.reference.aliases.get(tag)
        return replace(
            self.shared,
            external_request_id=token(rng, "req_", 16),
            endpoint_tag=alias[0] if self.tag_style == "old" and alias else tag,
            canonical_tag=tag,
            provider=provider,
            model=model,
            prompt_version=version,
            input_tokens=int(size),
            cached_input_tokens=cached or None,
            cache_write_tokens=written or None,
            output_tokens=output,
            reasoning_tokens=thinking,
            max_output_tokens=profile.cap,
            turn_index=turn,
            **given,
        )

    def _tries(self, template: Attempt) -> list[Attempt]:
        rng = self.rng
        storm = plan.RETRY_STORM.covers(template.canonical_tag, self.at)
        tries: list[Attempt] = []
        model = template.model
        limit = rng.randint(6, 10) if storm else 3
        for number in range(1, limit + 1):
            last_chance = number == limit
            failing = rng.random() < (
                (0.35 if last_chance else 0.97) if storm else 0.030 if number == 1 else 0.08
            )
            each = replace(template, model=model, attempt_number=number)
            each.order = self.at
            if storm:
                each.incident = plan.RETRY_STORM.incident_id
            took = 350 + lognormal(rng, 900, 0.5) + int(template.output_tokens or 0) * 9
            if failing:
                took = self._fail(each, storm)
            each.latency_ms = int(took)
            tries.append(each)
            self.at += timedelta(milliseconds=took)
            if not failing or (not storm and rng.random() < 0.09):
                break
            self.at += timedelta(seconds=lognormal(rng, 10, 0.8))
            if not storm and rng.random() < 0.15 and model in FALLBACKS:
                model = FALLBACKS[model]
        return tries

    def _fail(self, each: Attempt, storm: bool) -> float:
        """A timeout was read and billed; a rejected call used nothing."""
        kind = (
            "timeout"
            if storm
            else pick(self.rng, ("timeout", "error", "rate_limited"), (45, 25, 30))
        )
        each.status = kind
        each.error_code = {"timeout": "504", "error": "500", "rate_limited": "429"}[kind]
        each.reasoning_tokens = None
        if kind == "timeout":
            each.output_tokens = int(int(each.output_tokens or 0) * self.rng.uniform(0.0, 0.5))
            return 30_000.0
        if kind == "error":
            each.output_tokens = 0
            return self.rng.uniform(200, 4_000)
        each.input_tokens, each.output_tokens = 0, 0
        each.cached_input_tokens = each.cache_write_tokens = None
        return self.rng.uniform(40, 300)

    def _finished(self, each: Attempt) -> Attempt:
        """Fill what follows from the rest: provider, times, price, what the gateway says."""
        assert each.order is not None  # noqa: S101 - set by _tries
        rng = self.rng
        each.provider = PROVIDERS[str(each.model).split("-")[0]]
        each.occurred_at = iso(each.order)
        each.order += timedelta(seconds=1 + lognormal(rng, 9, 0.9))
        each.ingested_at = iso(each.order)
        each.status = each.status or "success"
        if self.attempt_style == "id":
            each.attempt_id, each.attempt_number = token(rng, "att_", 10), None
        elif self.attempt_style == "none":
            each.attempt_number = None
        if self.attempt_style != "number":  # these applications send a total as well
            each.total_tokens = int(each.input_tokens or 0) + int(each.output_tokens or 0)
        each.price_usd = list_price(self.reference, each) or Decimal(0)
        if self.through_gateway and each.price_usd:
            each.reported_cost_usd = _reported(rng, each.price_usd)
        return each


def list_price(reference: Reference, each: Attempt) -> Decimal | None:
    whole = int(each.input_tokens or 0)
    cached, written = int(each.cached_input_tokens or 0), int(each.cache_write_tokens or 0)
    an_hour = int(each.cache_write_1h_tokens or 0)
    buckets = {
        "plain": max(0, whole - cached - written),
        "cached": cached,
        "written": written - an_hour,
        "written_1h": an_hour,
        "output": int(each.output_tokens or 0),
    }
    at = datetime.fromisoformat(each.occurred_at or each.ingested_at or "")
    return reference.price_usd(str(each.provider), str(each.model), each.service_tier, at, buckets)


def _reported(rng: Random, price: Decimal) -> str:
    """Gateways round, and one request in five carries their own view of the price."""
    share = Decimal(1) if rng.random() < 0.8 else Decimal(rng.randint(970, 1_040)) / 1_000
    return format((price * share).quantize(Decimal("0.00000001")).normalize(), "f")


def _release_change(version: str | None) -> float:
    """The planted change of tokens per request that a version brings over the first one."""
    for incident in (plan.RAG_ANSWER_IMPROVED, plan.REPLY_REGRESSED):
        if version == incident.prompt_version:
            return incident.magnitude
    return 0.0
