-- Test, demo and staging traffic is counted beside the reports: every attempt is in one scope, with its cost.
with attempts as (

    select
        request_date as period_start,
        count(*) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('fct_attempts') }}
    where {{ touched('request_date', 'dates') }}
    group by request_date

),

scopes as (

    select
        period_start,
        cast(sum(attempts) as bigint) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('attribution_coverage') }}
    where
        period_grain = 'day'
        and dimension = 'scope'
        and {{ touched('period_start', 'dates') }}
    group by period_start

)

{{ differences('attempts', 'scopes', ['period_start'], ['attempts', 'cost_usd']) }}
