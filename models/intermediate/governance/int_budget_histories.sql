-- grain: one row a budget, measure (usd, tokens) and UTC day, with the sums of period, windows and weekdays to it
{{ config(materialized='table') }}
{%- set by_day = 'partition by budget_id, measure order by date_day' %}
{%- set in_mean = by_day ~ ' rows between ' ~ (budget_mean_days() | int - 1) ~ ' preceding and current row' %}
{%- set in_period = 'partition by budget_id, measure, period_start order by date_day' %}
with days as (

    select
        *,
        {{ rounded_for_means('counted') }} as rounded,
        cast(row_number() over ({{ by_day }}) as int) as days_known
    from {{ ref('int_budget_days') }}

),

summed as (

    select
        *,
        try_cast(sum(rounded) over (
            partition by budget_id, measure, mod(days_known, 7)
            order by date_day
            rows between {{ budget_mean_weeks() | int - 1 }} preceding and current row
        ) as decimal(18, 6)) as weekday_sum
    from days

)

-- Days before the first period have no period: they are there for the means.
select
    budget_id,
    measure,
    date_day,
    is_day_over,
    first_date,
    period_start,
    period_days,
    day_of_period,
    amount,
    counted,
    days_known,
    {%- for weekday in range(1, 8) %}
    lag(weekday_sum, {{ 7 - weekday }}) over ({{ by_day }}) as weekday_sum_{{ weekday }},
    {%- endfor %}
    {%- for window_days in budget_burn_limits() %}
    cast(sum(counted) over (
        {{ by_day }} rows between {{ window_days - 1 }} preceding and current row
    ) as {{ type_usd_sum() }}) as counted_{{ window_days }}d,
    {%- endfor %}
    cast(sum(counted) over ({{ in_period }}) as {{ type_usd_sum() }}) as actual,
    cast(sum(attempts) over ({{ in_period }}) as bigint) as attempts_so_far,
    cast(sum(attempts_not_counted) over ({{ in_period }}) as bigint) as not_counted_so_far,
    try_cast(sum(rounded) over ({{ in_period }}) as decimal(18, 6)) as sum_so_far,
    sum({{ exact_product('rounded', 'rounded') }}) over ({{ in_period }}) as squares_so_far,
    cast(sum(attempts_not_counted) over ({{ in_mean }}) as bigint) as not_counted_in_mean,
    sum({{ exact_product('rounded', 'rounded') }}) over ({{ in_mean }}) as squares,
    sum({{ exact_product('weekday_sum', 'weekday_sum') }}) over (
        {{ by_day }} rows between 6 preceding and current row
    ) as weekday_squares
from summed
