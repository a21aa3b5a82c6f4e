-- grain: one row a step of a case on which bot and people worked, with the context that it repeats
{{ config(
    materialized='incremental',
    unique_key='ticket_id',
    meta={'in_run': 'cases', 'dated_by': 'started_on'}
) }}

with cases as (

    select * from {{ ref('fct_tickets') }}
    where {{ in_run('ticket_id', 'cases') }}

),

tickets as (

    select * from {{ ref('int_tickets_current') }}
    where {{ in_run('ticket_id', 'cases') }}

),

steps as (

    select * from {{ ref('int_stage_sequences') }}
    where {{ in_run('workflow_id', 'cases', dated_by='started_on') }}

),

handed_over as (

    select
        cases.ticket_id,
        cases.automation_class,
        cases.queue,
        cases.intent,
        least(tickets.human_requested_at, tickets.escalated_at, tickets.first_human_reply_at) as handed_over_at
    from tickets
    inner join cases on tickets.ticket_id = cases.ticket_id
    where cases.automation_class in ('partially_automated', 'agent_assisted')

),

judged as (

    select
        handed_over.*,
        steps.step,
        steps.stage,
        steps.started_on,
        steps.attempts,
        steps.unpriced_attempts,
        steps.cost_usd,
        steps.first_input_tokens,
        steps.first_input_cost_usd,
        case
            when steps.started_at >= handed_over.handed_over_at then 'to_human'
            when steps.is_first_visit and steps.step > 1 then 'to_stage'
        end as handoff,
        -- What no earlier request of the case has sent is no repetition.
        case
            when steps.first_input_tokens is not null
                then least(steps.first_input_tokens, coalesce(steps.largest_input_tokens_before, 0))
        end as repeated_tokens
    from steps
    inner join handed_over on steps.workflow_id = handed_over.ticket_id

)

select
    ticket_id,
    automation_class,
    queue,
    intent,
    handed_over_at,
    step,
    stage,
    started_on,
    attempts,
    unpriced_attempts,
    cost_usd,
    handoff,
    repeated_tokens,
    {{ usd_per(usd_times('first_input_cost_usd', 'repeated_tokens'), 'first_input_tokens') }} as repeated_cost_usd
from judged
