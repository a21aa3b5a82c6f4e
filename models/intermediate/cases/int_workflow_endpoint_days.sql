-- grain: one row a workflow, endpoint and UTC date with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select
        *,
        {{ first_met_order() }} as first_met_order
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is not null
        and endpoint_tag is not null
        and {{ on_affected_dates('request_date') }}

)

select
    workflow_id,
    endpoint_tag,
    request_date,
    {{ first_met('prompt_version') }} as prompt_version,
    min(case when prompt_version is not null then occurred_at end) as first_met_at,
    min(prompt_version) as lowest_prompt_version,
    max(prompt_version) as highest_prompt_version,
    count(*) filter (where attempt_index = 1) as requests,
    count(*) as attempts,
    -- NULL when nothing was observed; one part alone counts as it is
    cast(sum(
        case
            when coalesce(input_tokens, output_tokens) is not null
                then coalesce(input_tokens, 0) + coalesce(output_tokens, 0)
        end
    ) as bigint) as tokens,
    {{ sum_usd('cost_usd') }} as cost_usd,
    count(*) - count(cost_usd) as unpriced_attempts
from attempts
group by
    workflow_id,
    endpoint_tag,
    request_date
