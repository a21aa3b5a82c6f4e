"""What belongs to the weekly export: one entry a table. Add an entry, and it is exported."""

from __future__ import annotations

from dataclasses import dataclass

OF_THE_WEEK = "period_grain = 'week' and period_start = $week"


@dataclass(frozen=True)
class Table:
    """Rows of one mart, in an order that people read; what is equal by it is ordered by all."""

    name: str  # of its files and its sheet: at most 31 characters
    mart: str
    question: str
    order: str
    rows: str = OF_THE_WEEK  # $week is the Monday, a date


TABLES = (
    Table(
        "scorecard",
        "support_scorecard",
        "How is the support of each project doing, this week and in the eleven before?",
        "period_start desc, segment_type, segment_value",
        "period_grain = 'week' and period_start between $week - 77 and $week",
    ),
    Table(
        "cost_per_resolved_ticket",
        "cost_per_resolved_ticket",
        "What does a resolved ticket cost, by tenant, intent, queue, channel, class, project?",
        "segment_type, ticket_cost_usd desc nulls last, segment_value",
    ),
    Table(
        "cost_per_deflection",
        "cost_per_deflection",
        "What do a deflection and an avoided escalation cost, and how many minutes were saved?",
        "segment_type, ticket_cost_usd desc nulls last, segment_value",
    ),
    Table(
        "spend_bridge",
        "spend_bridge",
        "What became of the tickets that we spent on?",
        "cost_usd desc nulls last, category",
    ),
    Table(
        "handoff_cost",
        "handoff_cost",
        "What does it cost to give the context to another stage or to a person?",
        "handoff_cost_usd desc nulls last, automation_class, queue, intent",
    ),
    Table(
        "tenant_share",
        "tenant_share",
        "Which customers does the spend go to?",
        "spend_rank",
    ),
    Table(
        "tenant_concentration",
        "tenant_concentration",
        "How much of the spend hangs on few customers?",
        "period_start",
    ),
    Table(
        "endpoint_economics",
        "endpoint_economics",
        "What does each endpoint cost, in how many tokens, and how much of it is waste?",
        "cost_usd desc nulls last, endpoint_tag, stage, model, prompt_version",
    ),
    Table(
        "releases",
        "prompt_version_regression",
        "Did a release of the last four weeks make anything dearer?",
        "released_at desc, endpoint_tag, prompt_version, metric",
        "released_at >= $week - 21 and released_at < $week + 7",
    ),
    Table(
        "spend_spikes",
        "spend_spikes",
        "What rose beyond chance, since when, and who?",
        "change_usd desc nulls last, endpoint_tag",
        OF_THE_WEEK + " and spike_class <> 'no_spike'",
    ),
    Table(
        "alerts",
        "alerts",
        "What was told in the week, whose is it, and what to do?",
        "opened_on, severity, alert_id",
        "opened_on >= $week and opened_on < $week + 7 and suppressed_by is null",
    ),
    Table(
        "budgets",
        "budget_status",
        "Do budgets hold at the end of the week, and what is expected?",
        "period, scope_type, scope_value, budget_id",
        "status_date = $week + 6",
    ),
    Table(
        "use_cases",
        "use_case_economics",
        "What does a success of each use case and flow cost, customers apart from ourselves?",
        "use_case, flow, outcome_definition, audience",
    ),
    Table(
        "remedies",
        "remedies",
        "What would limits have saved in the last complete month, and what may they cost?",
        "application_order, saving_in_order_usd desc nulls last, endpoint_tag",
        # The month that was over when the week was.
        "period_start = cast(date_trunc('month', $week + 7) - interval 1 month as date)",
    ),
    Table(
        "incidents",
        "incident_register",
        "Which incidents were open in the week or since, who leads them, what came of them?",
        "started_on desc, incident_id",
        "started_on < $week + 7 and (closed_on is null or closed_on >= $week)",
    ),
    Table(
        "guardrails",
        "guardrail_status",
        "Which guardrails held in the week, and by how much?",
        "guardrail_id",
        "period_start = $week",
    ),
    Table(
        "attribution_coverage",
        "attribution_coverage",
        "Which part of the spend lacks a tag, a version, a tenant, a ticket or a price?",
        "use_case, dimension, cost_usd desc nulls last, status",
    ),
    Table(
        "template_checklist",
        "template_checklist",
        "What does each use case still lack, and which gaps cost most?",
        "gap_rank nulls last, use_case, item",
        "week_start = $week",
    ),
    Table(
        "template_scores",
        "template_scores",
        "How whole is the template of each use case, this week and in the eleven before?",
        "week_start desc, use_case",
        "week_start between $week - 77 and $week",
    ),
    Table(
        "telemetry_health",
        "telemetry_health",
        "Did telemetry arrive, how late, and which source was silent?",
        "request_date, source_system",
        "request_date between $week and $week + 6",
    ),
)
