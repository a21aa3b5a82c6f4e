-- grain: one row a budget, measure (usd, tokens) and UTC day of a period: what is spent, and what is expected from it
{%- set ahead = range(1, 8) | list %}
{%- set history = [
    'days_known', 'squares', 'weekday_squares', 'not_counted_in_mean', 'weekday_sum_1', 'weekday_sum_2', 'weekday_sum_3',
    'weekday_sum_4', 'weekday_sum_5', 'weekday_sum_6', 'weekday_sum_7'
] %}
{%- set by_day = 'partition by budget_id, measure order by date_day' %}
{%- set in_period = 'partition by budget_id, measure, period_start order by date_day' %}
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

),

-- A day that is not over says nothing of other days, and its burn is at least that of the day before it.
complete as (

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

),

spent as (

    select
        *,
        cast(sum(counted) over ({{ in_period }}) as {{ type_usd_sum() }}) as actual,
        cast(sum(attempts) over ({{ in_period }}) as bigint) as attempts_so_far,
        cast(sum(attempts_not_counted) over ({{ in_period }}) as bigint) as not_counted_so_far,
        cast(count(rounded) over ({{ in_period }}) as int) as complete_days,
        try_cast(sum(rounded) over ({{ in_period }}) as decimal(18, 6)) as complete_sum,
        sum({{ exact_product('rounded', 'rounded') }}) over ({{ in_period }}) as complete_squares
    from complete
    -- Also of days before the first period the means are taken.
    where amount is not null

)

select
    budget_id,
    measure,
    date_day,
    period_start,
    is_day_over,
    days_left,
    amount,
    counted,
    actual,
    attempts_so_far,
    not_counted_so_far,
    -- What is not counted, and what lies before telemetry began, can only be more.
    not_counted_so_far > 0
    or first_date > period_start
    or (days_left > 0 and coalesce(not_counted_in_mean, 0) > 0) as is_lower_bound,
    min(case when actual >= amount then date_day end) over ({{ in_period }}) as reached_on,
    {%- for window_days in budget_burn_limits() %}
    {{ ratio(
        usd_times('counted_' ~ window_days ~ 'd', 'period_days'), usd_times('amount', window_days)
    ) }} as burn_{{ window_days }}d,
    {%- endfor %}
    case
        when days_known >= {{ budget_mean_days() }} then 'seasonal'
        when complete_days >= 1 then 'linear'
    end as forecast_method,
    {%- for weekday in ahead %}
    weekday_sum_{{ weekday }},
    {%- endfor %}
    complete_days,
    complete_sum,
    case
        when is_day_over then cast(null as {{ type_usd_sum() }})
        when days_known >= {{ budget_mean_days() }} then {{ mean_of_weeks('weekday_sum_1') }}
        else {{ usd_per('complete_sum', 'complete_days') }}
    end as expected_today,
    case
        when days_known >= {{ budget_mean_days() }} then {{ budget_mean_days() | int - 7 }}
        else complete_days - 1
    end as degrees_of_freedom,
    -- Variance of a day about the mean of its weekday, before that about the mean of the period.
    case
        when days_known >= {{ budget_mean_days() }}
            then
                {{ squared_deviations(budget_mean_weeks(), 'squares', 'weekday_squares') }}
                / {{ budget_mean_weeks() | int * (budget_mean_days() | int - 7) }}e0
        when complete_days >= 2
            then
                {{ squared_deviations(
                    'complete_days', 'complete_squares', exact_product('complete_sum', 'complete_sum')
                ) }}
                / cast(complete_days * (complete_days - 1) as double)
    end as day_variance
from spent
