-- grain: one row a UTC date and endpoint, with the sums that say how much its workflows vary
{{ config(materialized='incremental', unique_key='request_date') }}

with workflow_days as (

    select
        request_date,
        endpoint_tag,
        workflow_id,
        sum(requests) as requests,
        sum(attempts) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('int_workflow_stage_days') }}
    where {{ in_run('request_date', 'dates') }}
    group by
        request_date,
        endpoint_tag,
        workflow_id

),

unattributed as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is null
        and {{ in_run('request_date', 'dates') }}

),

-- An observation is a workflow's day; calls of no workflow stand each for itself. Costs to a millionth of a dollar keep
-- the squares exact.
units as (

    select
        request_date,
        endpoint_tag,
        cast(requests as decimal(15, 0)) as requests,
        cast(attempts as decimal(15, 0)) as attempts,
        {{ rounded_to_micro_usd('coalesce(cost_usd, 0)') }} as cost_usd
    from workflow_days

    union all

    select
        request_date,
        coalesce(endpoint_tag, 'unknown') as endpoint_tag,
        cast(case when attempt_index = 1 then 1 else 0 end as decimal(15, 0)) as requests,
        cast(1 as decimal(15, 0)) as attempts,
        {{ rounded_to_micro_usd('coalesce(cost_usd, 0)') }} as cost_usd
    from unattributed

)

select
    request_date,
    endpoint_tag,
    count(*) as units,
    cast(sum(requests) as double) as requests,
    cast(sum(attempts) as double) as attempts,
    cast(sum(cost_usd) as double) as cost_usd,
    cast(sum(requests * requests) as double) as requests_requests,
    cast(sum(requests * attempts) as double) as requests_attempts,
    cast(sum(attempts * attempts) as double) as attempts_attempts,
    cast(sum(requests * cost_usd) as double) as requests_cost,
    -- Of two types of 18 digits DuckDB makes a third, which a thousand dollars squared would not fit.
    cast(sum(cast(cost_usd as decimal(19, 6)) * cost_usd) as double) as cost_cost
from units
group by all
