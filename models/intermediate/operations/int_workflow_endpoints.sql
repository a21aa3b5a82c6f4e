-- grain: one row a workflow and endpoint, with what it used of it over its lifetime, of the dates that this run counts
-- depends_on: {{ ref('int_affected_case_history') }}
{%- set is_counted = on_affected_for(
    ['int_successful_workflow_days'], ['counted.request_date'], 'int_affected_case_dates'
) %}

with stage_days as (

    select * from {{ ref('int_workflow_stage_days') }}
    {%- if is_counted | trim != 'true' %}
    where
        workflow_id in (
            select counted.workflow_id
            from {{ ref('int_workflow_stage_days') }} as counted
            where {{ is_counted }}
        )
        and {{ in_affected_case_history(['int_successful_workflow_days'], 'request_date') }}
    {%- endif %}

)

select
    workflow_id,
    endpoint_tag,
    min(request_date) as started_on,
    {{ whole_sum('requests') }} as requests,
    {{ whole_sum('attempts') }} as attempts,
    {{ whole_sum('unpriced_attempts') }} as unpriced_attempts,
    {{ whole_sum('input_tokens') }} as input_tokens,
    {{ whole_sum('output_tokens') }} as output_tokens,
    {{ sum_usd('cost_usd') }} as cost_usd
from stage_days
group by
    workflow_id,
    endpoint_tag
