-- grain: one row a budget, measure (usd, tokens) and UTC day, with the sums of windows and weekdays that end with it
{%- set ahead = range(1, 8) | list %}
{%- set history = [
    'days_known', 'squares', 'weekday_squares', 'not_counted_in_mean', 'weekday_sum_1', 'weekday_sum_2', 'weekday_sum_3',
    'weekday_sum_4', 'weekday_sum_5', 'weekday_sum_6', 'weekday_sum_7'
] %}
{%- set by_day = 'partition by budget_id, measure order by date_day' %}
with days as (

    select
        *,
        -- To a millionth, so that its squares are exact.
        try_cast(counted as decimal(18, 6)) as rounded,
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

),

recent as (

    select
        *,
        {%- for weekday in ahead %}
        lag(weekday_sum, {{ 7 - weekday }}) over ({{ by_day }}) as weekday_sum_{{ weekday }},
        {%- endfor %}
        {%- for window_days in budget_burn_limits() %}
        case
            when days_known >= {{ window_days }}
                then sum(counted) over ({{ by_day }} rows between {{ window_days - 1 }} preceding and current row)
        end as counted_{{ window_days }}d,
        {%- endfor %}
        sum({{ exact_product('weekday_sum', 'weekday_sum') }}) over (
            {{ by_day }} rows between 6 preceding and current row
        ) as weekday_squares,
        sum({{ exact_product('rounded', 'rounded') }}) over (
            {{ by_day }} rows between {{ budget_mean_days() | int - 1 }} preceding and current row
        ) as squares,
        sum(attempts_not_counted) over (
            {{ by_day }} rows between {{ budget_mean_days() | int - 1 }} preceding and current row
        ) as not_counted_in_mean
    from summed

)

-- A day that is not over says nothing of other days, and its burn is at least that of the day before it.
select
    budget_id,
    measure,
    date_day,
    first_date,
    period_start,
    period_days,
    period_days - day_of_period + case when is_day_over then 0 else 1 end as days_left,
    amount,
    is_day_over,
    attempts,
    attempts_not_counted,
    counted,
    {%- for column in history %}
    case when is_day_over then {{ column }} else lag({{ column }}) over ({{ by_day }}) end as {{ column }},
    {%- endfor %}
    {%- for window_days in budget_burn_limits() %}
    case
        when is_day_over then counted_{{ window_days }}d
        else greatest(counted_{{ window_days }}d, lag(counted_{{ window_days }}d) over ({{ by_day }}))
    end as counted_{{ window_days }}d,
    {%- endfor %}
    case when is_day_over then rounded end as rounded
from recent
