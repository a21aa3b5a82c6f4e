-- grain: one row a month, provider and model with attempts that have a reported cost and a list price
{{ config(materialized='view') }}

with days as (

    select * from {{ ref('int_reported_days') }}

),

months as (

    select
        {{ period_start('month', 'request_date') }} as period_start,
        provider,
        model,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(equal_attempts) as bigint) as equal_attempts,
        cast(sum(reported_zero_attempts) as bigint) as reported_zero_attempts,
        {{ sum_usd('reported_cost_usd') }} as reported_cost_usd,
        {{ sum_usd('list_cost_usd') }} as list_cost_usd
    from days
    group by
        {{ period_start('month', 'request_date') }},
        provider,
        model

)

select
    period_start,
    provider,
    model,
    attempts,
    reported_cost_usd,
    list_cost_usd,
    {{ ratio('list_cost_usd', 'reported_cost_usd') }} as list_to_reported_ratio,
    equal_attempts,
    {{ ratio('equal_attempts', 'attempts') }} as equal_share,
    reported_zero_attempts
from months
