-- grain: one row a workflow with at least one reportable attempt that this run adds up, with its cost over its lifetime
with workflow_days as (

    select * from {{ ref('int_workflow_days') }}
    where
        {{ on_affected_for(
            ['fct_tickets', 'fct_workflows'], ['workflow_id'], 'int_affected_workflows', 'request_date'
        ) }}

)

select
    workflow_id,
    -- An id that was sent both as a ticket and as something else is a ticket.
    case
        when bool_or(is_ticket) then 'ticket'
        when bool_or(is_conversation) then 'conversation'
        else 'workflow'
    end as workflow_kind,
    case
        when bool_or(is_ticket) then 'support'
        else {{ first_met('use_case', 'request_date') }}
    end as use_case,
    {{ first_met('tenant_id', 'request_date') }} as tenant_id,
    {{ first_met('queue', 'request_date') }} as queue,
    {{ first_met('intent', 'request_date') }} as intent,
    {{ first_met('prompt_version', 'request_date') }} as first_prompt_version,
    min(first_attempt_at) as started_at,
    max(last_attempt_at) as last_attempt_at,
    cast(sum(requests) as bigint) as requests,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(retries) as bigint) as retries,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    {{ sum_usd('cost_usd') }} as cost_usd,
    {{ sum_usd('waste_cost_usd') }} as waste_cost_usd,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
from workflow_days
group by workflow_id
