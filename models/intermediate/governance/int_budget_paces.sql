-- grain: one row a budget, measure (usd, tokens) and UTC day of a period: what is spent, and what is expected from it
{%- set ahead = range(1, 8) | list %}
{%- set in_period = 'partition by budget_id, measure, period_start order by date_day' %}
with spent as (

    select
        *,
        cast(sum(counted) over ({{ in_period }}) as {{ type_usd_sum() }}) as actual,
        cast(sum(attempts) over ({{ in_period }}) as bigint) as attempts_so_far,
        cast(sum(attempts_not_counted) over ({{ in_period }}) as bigint) as not_counted_so_far,
        cast(count(rounded) over ({{ in_period }}) as int) as complete_days,
        try_cast(sum(rounded) over ({{ in_period }}) as decimal(18, 6)) as complete_sum,
        sum({{ exact_product('rounded', 'rounded') }}) over ({{ in_period }}) as complete_squares
    from {{ ref('int_budget_histories') }}
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
