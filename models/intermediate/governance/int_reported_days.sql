-- grain: one row a UTC date, provider and model with reportable attempts that have a reported cost and a list price
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select
        *,
        priced_cost_usd{{ " + coalesce(tool_fee_usd, 0)" if var('reported_cost_includes_fees') }} as list_cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and reported_cost_usd is not null
        and priced_cost_usd is not null
        and not coalesce(is_cache_hit, false)
        and {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    priced_provider as provider,
    priced_model as model,
    count(*) as attempts,
    -- A gateway's rounding is no difference.
    count(*) filter (where abs(list_cost_usd - reported_cost_usd) * 1000 <= list_cost_usd) as equal_attempts,
    count(*) filter (where reported_cost_status = 'reported_zero') as reported_zero_attempts,
    {{ sum_usd('reported_cost_usd') }} as reported_cost_usd,
    {{ sum_usd('list_cost_usd') }} as list_cost_usd
from attempts
group by
    request_date,
    priced_provider,
    priced_model
