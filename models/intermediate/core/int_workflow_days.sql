-- grain: one row a workflow and UTC date with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select * from {{ ref('int_attempts_costed') }}
    where
        is_reportable
        and workflow_id is not null
        and {{ in_run('request_date', 'dates') }}

)

select
    workflow_id,
    request_date,
    bool_or(workflow_kind = 'ticket') as is_ticket,
    bool_or(workflow_kind = 'conversation') as is_conversation,
    {%- for column in described_by_first_attempt() %}
    {{ first_met(column) }} as {{ column }},
    {%- endfor %}
    min(occurred_at) as first_attempt_at,
    max(occurred_at) as last_attempt_at,
    -- A request counts where its first attempt is, so that days, workflows and totals add up.
    count(*) filter (where attempt_index = 1) as requests,
    count(*) as attempts,
    count(*) filter (where is_retry) as retries,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    {{ sum_usd('cost_usd') }} as cost_usd,
    {{ sum_usd('waste_cost_usd') }} as waste_cost_usd,
    count(*) - count(cost_usd) as unpriced_attempts
from attempts
group by
    workflow_id,
    request_date
