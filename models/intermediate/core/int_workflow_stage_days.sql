-- grain: one row a workflow, endpoint, stage, prompt version and UTC date with reportable attempts
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
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    coalesce(stage, 'unknown') as stage,
    -- As a part of the key: to aggregate text costs more than all the sums.
    prompt_version,
    request_date,
    min(occurred_at) as first_met_at,
    count(*) filter (where attempt_index = 1) as requests,
    count(*) as attempts,
    {{ whole_sum('input_tokens') }} as input_tokens,
    {{ whole_sum('output_tokens') }} as output_tokens,
    {{ sum_usd('cost_usd') }} as cost_usd,
    count(*) - count(cost_usd) as unpriced_attempts
from attempts
group by all
