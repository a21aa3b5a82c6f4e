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

)

select
    workflows.workflow_id,
    workflows.workflow_kind,
    case
        when cases.ticket_id is not null then 'support'
        else coalesce(workflows.use_case, outcomes.use_case)
    end as use_case,
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
        -- Of two versions nobody knows which is the newest.
        when outcomes.is_unreadable then null
        else outcomes.is_success
    end as is_success,
    case
        when cases.ticket_id is null
            then outcomes.completed_at is not null and outcomes.is_success is not null and not outcomes.is_unreadable
        when cases.is_resolved then cases.is_mature
        else cases.outcome not in ({{ quoted_words(open_outcomes() + ['abandoned', 'unknown']) }})
    end as has_final_outcome,
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
