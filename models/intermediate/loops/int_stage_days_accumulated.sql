-- grain: one row a workflow, endpoint, stage and UTC date that this run looks at, with what the stage had taken before
with visits as (

    select * from {{ ref('int_stage_visits') }}
    where {{ in_affected_case_history(['stage_costs'], 'request_date') }}

),

days as (

    select
        workflow_id,
        endpoint_tag,
        stage,
        request_date,
        min(use_case) as use_case,
        cast(sum(requests) as bigint) as requests,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(retries) as bigint) as retries,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from visits
    group by
        workflow_id,
        endpoint_tag,
        stage,
        request_date

)

select
    *,
    row_number() over stage_days = 1 as is_first_day,
    coalesce(cast(sum(cost_usd) over stage_days as {{ type_usd_sum() }}), 0) as cost_so_far_usd,
    cast(sum(retries) over stage_days as bigint) as retries_so_far
from days
window stage_days as (
    partition by workflow_id, endpoint_tag, stage
    order by request_date
    rows between unbounded preceding and current row
)
