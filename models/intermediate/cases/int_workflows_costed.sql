-- grain: one row a workflow with at least one reportable attempt, with what it cost over its lifetime
{{ config(materialized='table') }}

with attempts as (

    select
        *,
        attempt_index = 1 and is_final as is_only_attempt,
        {{ first_met_order() }} as first_met_order
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is not null

)

select
    workflow_id,
    -- An id that was sent both as a ticket and as something else is a ticket.
    case
        when bool_or(workflow_kind = 'ticket') then 'ticket'
        when bool_or(workflow_kind = 'conversation') then 'conversation'
        else 'workflow'
    end as workflow_kind,
    case
        when bool_or(workflow_kind = 'ticket') then 'support'
        else {{ first_met('use_case') }}
    end as use_case,
    {{ first_met('tenant_id') }} as tenant_id,
    {{ first_met('queue') }} as queue,
    {{ first_met('intent') }} as intent,
    {{ first_met('prompt_version') }} as first_prompt_version,
    min(occurred_at) as started_at,
    max(occurred_at) as last_attempt_at,
    count(*) filter (where is_only_attempt)
    + count(distinct case when not is_only_attempt then request_id end) as requests,
    count(*) as attempts,
    count(*) filter (where is_retry) as retries,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    {{ sum_usd('cost_usd') }} as cost_usd,
    {{ sum_usd('waste_cost_usd') }} as waste_cost_usd,
    count(*) - count(cost_usd) as unpriced_attempts
from attempts
group by workflow_id
