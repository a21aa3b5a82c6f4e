"""The other use cases: documents, sales, code and retrieval, each with its outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from demo_company import incidents as plan
from demo_company.calls import Caller
from demo_company.draw import (
    BASE32,
    END,
    HEX,
    days,
    iso,
    lognormal,
    pick,
    starts_of_day,
    stream,
    token,
)
from demo_company.records import Attempt, Company, Outcome
from demo_company.reference import Reference


@dataclass(frozen=True)
class UseCase:
    name: str
    prefix: str
    per_week: float
    office: bool
    gateway: float  # share of workflows that go through the gateway, which reports its own cost
    attempt_style: str
    tenants: tuple[str, ...]  # empty: all of them
    outcomes: tuple[tuple[str, bool, float], ...]  # name, success, weight
    value_usd: tuple[float, float]


USE_CASES = (
    UseCase(
        "documents",
        "doc_",
        33,
        True,
        0.10,
        "number",
        (),
        (("document_accepted", True, 82), ("rejected", False, 11), ("abandoned", False, 7)),
        (2.0, 7.0),
    ),
    UseCase(
        "sales",
        "sal_",
        13,
        True,
        0.60,
        "id",
        (),
        (("sent", True, 70), ("rejected", False, 12), ("abandoned", False, 18)),
        (4.0, 40.0),
    ),
    UseCase(
        "code",
        "dev_",
        8,
        True,
        0.60,
        "id",
        ("harborhq", "bluefin", "quartz"),
        (("patch_merged", True, 56), ("rejected", False, 26), ("abandoned", False, 18)),
        (20.0, 90.0),
    ),
    UseCase(
        "rag",
        "ans_",
        17,
        False,
        0.10,
        "none",
        (),
        (("answer_accepted", True, 76), ("rejected", False, 14), ("abandoned", False, 10)),
        (0.5, 1.5),
    ),
)
SALES_TASKS = (
    ("sales.email_draft", "email_sent", 58.0),
    ("sales.proposal_summary", "proposal_generated", 15.0),
    ("sales.crm_followup", "followup_sent", 17.0),
    ("sales.pipeline_risk_brief", "brief_delivered", 10.0),
)


def make_workflows(company: Company, reference: Reference, seed: int) -> None:
    for use_case in USE_CASES:
        number = 0
        for day in days():
            moments = starts_of_day(
                stream(seed, use_case.name, day), day, use_case.per_week, use_case.office
            )
            for at in moments:
                number += 1
                rng = stream(seed, use_case.name, "workflow", number)
                _play(company, reference, rng, use_case, at)
    _migration(company, reference, stream(seed, "migration"))


def _play(
    company: Company,
    reference: Reference,
    rng: Random,
    use_case: UseCase,
    at: datetime,
    tenant: str = "",
    incident: str = "",
) -> None:
    names = use_case.tenants or tuple(reference.tenants)
    tenant = tenant or pick(rng, names, [1 / (rank + 1) ** 0.9 for rank in range(len(names))])
    user = rng.choice(reference.users[tenant]).user_id
    unknown = not use_case.tenants and rng.random() < 0.010
    workflow_id = token(rng, use_case.prefix, 8, BASE32)
    shared = Attempt(
        user_id=token(rng, "u_", 12, HEX) if unknown else user,
        home_tenant="" if unknown else tenant,
        tenant_id=tenant if use_case.name in ("sales", "code") and not unknown else None,
        workflow_id=workflow_id,
        data_mode="real",
        environment="prod",
        usage_source="provider",
        incident=incident,
    )
    caller = Caller(
        reference,
        rng,
        at,
        shared,
        use_case.attempt_style,
        through_gateway=rng.random() < use_case.gateway,
        tag_style="old" if use_case.name in ("documents", "sales") and rng.random() < 0.1 else "",
    )
    made, success_name = CHAINS[use_case.name](caller)
    company.llm_requests += made
    _write_outcome(company, rng, use_case, workflow_id, shared, at, caller.at, success_name)


def _documents(caller: Caller) -> tuple[list[Attempt], str]:
    rng = caller.rng
    made = caller.call(
        "docs.classify", stage="classify", service_tier="batch" if rng.random() < 0.4 else None
    )
    scale = lognormal(rng, 1.0, 0.4)  # long documents are long at every step
    caller.wait(4, 0.5)
    made += caller.call("docs.summarize", stage="summarise", input_scale=scale)
    if rng.random() < 0.62:
        made += caller.call("docs.extract_actions", stage="extract", input_scale=scale)
    if rng.random() < 0.10:
        caller.wait(300)
        made += caller.call("docs.summarize", stage="rewrite", input_scale=scale)
    return made, "document_accepted"


def _sales(caller: Caller) -> tuple[list[Attempt], str]:
    """Retrieve from the CRM, draft, rewrite, score. CRM records are large; rewrites can run on."""
    rng = caller.rng
    tag, success, _ = pick(rng, SALES_TASKS, [task[2] for task in SALES_TASKS])
    crm = int(lognormal(rng, 1_700, 0.8))
    made = caller.call(
        "sales.crm_followup",
        stage="retrieve",
        tool_name="crm_lookup",
        tool_input_hash=token(rng, "h_", 8, HEX),
        tool_output_tokens=crm,
    )
    made += caller.call(tag, stage="draft", history=crm * 0.8)
    rewrites = pick(rng, (0, 1, 2, 3, 7), (40, 30, 17, 9, 4))
    for _ in range(rewrites):
        caller.wait(45)
        made += caller.call(tag, stage="rewrite", model="claude-haiku-4-5", history=400)
    if rng.random() < 0.45:
        made += caller.call("sales.pipeline_risk_brief", stage="score")
    return made, success


def _code(caller: Caller) -> tuple[list[Attempt], str]:
    """Read, patch, test, patch again; sub-second bursts of tool calls and some explain loops."""
    rng = caller.rng
    made: list[Attempt] = []
    history = 0.0
    if rng.random() < 0.35:
        for _ in range(pick(rng, (1, 2, 4, 9), (55, 28, 13, 4))):
            made += caller.call("dev.explain_trace", stage="explain", history=history)
            history += 500
    hashed = token(rng, "h_", 8, HEX)
    for turn in range(1, pick(rng, (1, 2, 3, 5, 8), (22, 34, 24, 14, 6)) + 1):
        if rng.random() > 0.15:  # else the very same call again
            hashed = token(rng, "h_", 8, HEX)
        made += caller.call(
            "dev.generate_patch",
            turn=turn,
            stage="draft",
            history=history,
            model="claude-opus-5" if rng.random() < 0.6 else "claude-sonnet-5",
            tool_name=pick(rng, ("read_file", "run_tests", "search_code"), (50, 25, 25)),
            tool_input_hash=hashed,
            tool_output_tokens=int(lognormal(rng, 900, 0.9)),
        )
        history += 900
        caller.wait(0.6 if rng.random() < 0.5 else 40, 0.5)
    if rng.random() < 0.6:
        made += caller.call("dev.review_pr", stage="review")
    return made, "patch_merged"


def _rag(caller: Caller) -> tuple[list[Attempt], str]:
    rng = caller.rng
    drifts = plan.TOP_K_DRIFT.covers("rag.answer", caller.at)
    top_k = int(plan.TOP_K_DRIFT.magnitude) if drifts else 8
    found = rng.randint(top_k - 3, top_k)
    search: dict[str, Any] = {
        "retrieval_config": "rc_hybrid_wide" if drifts else "rc_hybrid_v2",
        "retrieval_top_k": top_k,
        "retrieved_chunks": found,
        "retrieval_hit": "true" if rng.random() < (0.66 if drifts else 0.86) else "false",
    }
    made = caller.call("rag.retrieve", stage="retrieve", **search)
    made += caller.call("rag.rerank", stage="rerank", input_scale=top_k / 8)
    if rng.random() < 0.25:
        made += caller.call("rag.summarize_context", stage="summarise", input_scale=top_k / 8)
    for turn in range(1, pick(rng, (1, 2, 3, 5), (62, 22, 11, 5)) + 1):
        made += caller.call(
            "rag.answer", turn=turn, stage="answer", history=found * 400 + turn * 150, **search
        )
        caller.wait(60)
    return made, "answer_accepted"


CHAINS: dict[str, Callable[[Caller], tuple[list[Attempt], str]]] = {
    "documents": _documents,
    "sales": _sales,
    "code": _code,
    "rag": _rag,
}


def _write_outcome(
    company: Company,
    rng: Random,
    use_case: UseCase,
    workflow_id: str,
    shared: Attempt,
    started: datetime,
    ended: datetime,
    success_name: str,
) -> None:
    if rng.random() < 0.02:
        company.plant("workflow_outcomes", "workflow_without_outcome")
        return
    name, success, _ = pick(rng, use_case.outcomes, [each[2] for each in use_case.outcomes])
    completed = ended + timedelta(seconds=30 + lognormal(rng, 900, 1.2))
    row = Outcome(
        workflow_id=workflow_id,
        use_case=use_case.name,
        started_at=iso(started),
        tenant_id=shared.home_tenant or None,
    )
    if completed < END:
        row.outcome = success_name if success else name
        row.is_success = "true" if success else "false"
        row.completed_at = iso(completed)
        row.value_usd = f"{rng.uniform(*use_case.value_usd):.2f}" if success else "0.00"
    company.workflow_outcomes.append(row)


def _migration(company: Company, reference: Reference, rng: Random) -> None:
    """One customer moves its code base within a working week."""
    incident = plan.CODE_DOMINANCE
    code = next(each for each in USE_CASES if each.name == "code")
    for number in range(int(incident.magnitude)):
        start = incident.starts_at + timedelta(
            days=number % 5, hours=8, seconds=rng.random() * 36_000
        )
        _play(company, reference, rng, code, start, incident.tenant_id, incident.incident_id)
