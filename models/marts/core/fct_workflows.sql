-- grain: one row a workflow with at least one reportable attempt: the chain of requests behind one outcome
{{ config(
    materialized='incremental',
    unique_key='workflow_id',
    meta={'in_run': 'cases', 'dated_by': 'started_at'}
) }}

with workflows as (

    select * from {{ ref('int_workflows_costed') }}

),

cases as (

    select * from {{ ref('fct_tickets') }}
    where {{ in_run('ticket_id', 'cases', dated_by='first_attempt_at') }}

),

outcomes as (

    select
        *,
        {{ has_unreadable('unreadable_fields', ['completed_at']) }} as is_unreadable
    from {{ ref('int_workflow_outcomes_current') }}
    where {{ in_run('workflow_id', 'cases') }}

),

named_flows as (

    select * from {{ ref('int_workflow_flows') }}

),

flow_outcomes as (

    select * from {{ ref('int_flow_outcomes_ranged') }}

)

select
    workflows.workflow_id,
    workflows.workflow_kind,
    case
        when cases.ticket_id is not null then 'support'
        else coalesce(workflows.use_case, outcomes.use_case)
    end as use_case,
    case
        when cases.ticket_id is null then flow_outcomes.flow
        when workflows.workflow_kind = 'ticket' then 'ticket'
        else 'conversation'
    end as flow,
    coalesce(cases.tenant_id, outcomes.tenant_id, workflows.tenant_id) as tenant_id,
    coalesce(cases.intent, workflows.intent) as intent,
    workflows.started_at,
    workflows.last_attempt_at,
    case
        when cases.ticket_id is not null then cases.outcome
        when outcomes.is_unreadable then 'unknown'
        else coalesce(outcomes.outcome, 'unknown')
    end as outcome,
    case
        when cases.outcome = 'unknown' then null
        when cases.ticket_id is not null then cases.is_resolved
        else {{ is_primary_success() }}
    end as is_success,
    case
        when cases.ticket_id is null
            then outcomes.completed_at is not null and {{ is_primary_success() }} is not null
        when cases.is_resolved then cases.is_mature
        else cases.outcome not in ({{ quoted_words(open_outcomes() + ['abandoned', 'unknown']) }})
    end as has_final_outcome,
    case
        when cases.ticket_id is not null then cases.outcome_definition
        else coalesce(flow_outcomes.outcome_definition, 'as_sent')
    end as outcome_definition,
    case when cases.ticket_id is null then flow_outcomes.primary_outcome else 'resolved' end as primary_outcome,
    case when cases.ticket_id is null and not outcomes.is_unreadable then outcomes.is_success end as is_success_as_sent,
    outcomes.completed_at,
    outcomes.value_usd,
    workflows.requests,
    workflows.attempts,
    workflows.retries,
    workflows.input_tokens,
    workflows.output_tokens,
    workflows.cost_usd,
    workflows.waste_cost_usd,
    workflows.unpriced_attempts,
    workflows.first_prompt_version
from workflows
left join cases on workflows.workflow_id = cases.ticket_id
left join outcomes on workflows.workflow_id = outcomes.workflow_id
left join named_flows
    on
        workflows.workflow_id = named_flows.workflow_id
        and coalesce(workflows.use_case, outcomes.use_case) = named_flows.use_case
left join flow_outcomes
    on
        coalesce(workflows.use_case, outcomes.use_case) = flow_outcomes.use_case
        and (named_flows.flow = flow_outcomes.flow or (named_flows.flow is null and flow_outcomes.is_whole_use_case))
        and cast(workflows.started_at as date) >= flow_outcomes.valid_from
        and cast(workflows.started_at as date) < flow_outcomes.valid_until
