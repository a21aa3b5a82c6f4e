-- grain: one row a budget, period and UTC day on which another state is entered
with status as (

    select
        *,
        -- Nothing is spent when a period begins.
        coalesce(
            lag(state_now) over (
                partition by budget_id, period_start
                order by status_date
            ),
            'ok'
        ) as from_state
    from {{ ref('budget_status') }}

)

select
    budget_id,
    scope_type,
    scope_value,
    risk_level,
    period,
    period_start,
    period_end,
    status_date as entered_on,
    from_state,
    state_now as to_state,
    reason,
    decided_by,
    is_lower_bound,
    amount_usd,
    actual_usd,
    forecast_usd,
    amount_tokens,
    actual_tokens,
    forecast_tokens,
    owner,
    is_day_over
from status
where from_state <> state_now
