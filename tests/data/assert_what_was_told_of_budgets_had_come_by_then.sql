-- What was told of the workspace's spend at the end of a day is what had come by then, to the pico-dollar and token.
-- depends_on: {{ ref('run_months') }}
with told as (

    select
        budget_id,
        status_date,
        period_start,
        amount_usd,
        amount_tokens,
        actual_as_known_usd,
        actual_as_known_tokens
    from {{ ref('budget_status') }}
    where
        scope_type = 'workspace'
        and risk_level is null
        and state_as_known is not null
        and {{ touched('period_start', 'months') }}

),

changes as (

    select
        request_date,
        known_on,
        {{ scope_sums('sign') }}
    from {{ ref('int_attempt_changes') }}
    where
        is_reportable
        and {{ touched('request_date', 'month_days') }}
    group by
        request_date,
        known_on

),

come as (

    select
        told.budget_id,
        told.status_date,
        told.amount_usd,
        told.amount_tokens,
        coalesce({{ whole_sum('changes.attempts') }}, 0) as attempts,
        coalesce({{ whole_sum('changes.unpriced_attempts') }}, 0) as unpriced_attempts,
        coalesce({{ whole_sum('changes.tokens') }}, 0) as tokens,
        coalesce({{ sum_usd('changes.known_cost_usd') }}, 0) as cost_usd
    from told
    left join changes
        on
            told.period_start <= changes.request_date
            and told.status_date >= changes.request_date
            and told.status_date >= changes.known_on
    group by
        told.budget_id,
        told.status_date,
        told.amount_usd,
        told.amount_tokens

),

delivered as (

    select
        budget_id,
        status_date,
        case
            when amount_usd is not null then {{ cost_if_known('cost_usd', 'attempts', 'unpriced_attempts') }}
        end as actual_as_known_usd,
        case when amount_tokens is not null then tokens end as actual_as_known_tokens
    from come

)

{{ differences('told', 'delivered', ['budget_id', 'status_date'], ['actual_as_known_usd', 'actual_as_known_tokens']) }}
