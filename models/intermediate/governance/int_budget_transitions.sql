-- grain: one row a budget, period, knowledge (as_known, now) and UTC day on which another state is entered
with calendar as (

    select * from {{ ref('int_budget_calendar') }}

),

-- Of a day of which nothing was known no state was told: the one before it stands.
told as (

    select
        judged.*,
        calendar.scope_type,
        calendar.scope_value,
        calendar.risk_level,
        calendar.period,
        calendar.period_start,
        calendar.period_end,
        calendar.amount_usd,
        calendar.amount_tokens,
        calendar.owner,
        -- Nothing is spent when a period begins.
        coalesce(
            lag(judged.state) over (
                partition by judged.budget_id, calendar.period_start, judged.knowledge
                order by judged.date_day
            ),
            'ok'
        ) as from_state
    from {{ ref('int_budget_judged') }} as judged
    inner join calendar
        on
            judged.budget_id = calendar.budget_id
            and judged.date_day = calendar.date_day

)

select
    budget_id,
    scope_type,
    scope_value,
    risk_level,
    period,
    period_start,
    period_end,
    knowledge,
    date_day as entered_on,
    from_state,
    state as to_state,
    reason,
    decided_by,
    is_lower_bound,
    amount_usd,
    actual_usd,
    usd_forecast as forecast_usd,
    amount_tokens,
    cast(tokens_actual as bigint) as actual_tokens,
    cast(round(tokens_forecast) as bigint) as forecast_tokens,
    owner,
    is_day_over
from told
where from_state <> state
