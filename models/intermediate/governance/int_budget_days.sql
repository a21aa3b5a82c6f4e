-- grain: one row a budget, measure (usd, tokens) and UTC day, from four weeks before its first period
{{ config(materialized='table') }}

with calendar as (

    select * from {{ ref('int_budget_calendar') }}

),

budgets as (

    select
        budget_id,
        min(period_start) as first_period_start
    from calendar
    group by budget_id

),

spent as (

    select * from {{ ref('int_budget_spend') }}
    where known_on is null

),

-- A day without spend is a day: it lowers the mean of its weekday.
days as (

    select
        budgets.budget_id,
        listed.date_day,
        reach.as_of >= cast(listed.date_day + interval '1' day as timestamp) as is_day_over,
        reach.first_date,
        calendar.period_start,
        calendar.period_days,
        calendar.day_of_period,
        calendar.amount_usd,
        calendar.amount_tokens
    from budgets
    cross join {{ ref('int_telemetry_reach') }} as reach
    inner join {{ ref('int_dates_listed') }} as listed
        on
            listed.date_day between reach.first_date and reach.last_date
            and cast(budgets.first_period_start - interval '{{ budget_mean_days() }}' day as date) <= listed.date_day
    left join calendar
        on
            budgets.budget_id = calendar.budget_id
            and listed.date_day = calendar.date_day

)
{% for measure, columns in budget_measures().items() %}
select
    days.budget_id,
    '{{ measure }}' as measure,
    days.date_day,
    days.is_day_over,
    days.first_date,
    days.period_start,
    days.period_days,
    days.day_of_period,
    cast(days.{{ columns.amount }} as {{ type_usd_sum() }}) as amount,
    coalesce(spent.attempts, 0) as attempts,
    coalesce(spent.{{ columns.not_counted }}, 0) as attempts_not_counted,
    cast(coalesce(spent.{{ columns.counted }}, 0) as {{ type_usd_sum() }}) as counted
from days
left join spent
    on
        days.budget_id = spent.budget_id
        and days.date_day = spent.request_date
{{ "union all" if not loop.last }}
{%- endfor %}
