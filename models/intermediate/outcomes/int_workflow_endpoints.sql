-- grain: one row a workflow and endpoint, with what it used of it over its lifetime, of the run's months

with stage_days as (

    select * from {{ ref('int_workflow_stage_days') }}
    where {{ since_run_began('request_date', 'first_started_on') }}

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
