-- grain: one row a workflow, endpoint, stage and UTC date that this run looks at, with what the stage had taken before
with days as (

    select
        workflow_id,
        endpoint_tag,
        stage,
        request_date,
        requests,
        attempts,
        attempts - requests as retries,
        unpriced_attempts,
        cost_usd
    from {{ ref('int_workflow_stage_days') }}
    where {{ in_affected_case_history(['stage_costs'], 'request_date') }}

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
