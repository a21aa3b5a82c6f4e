-- grain: one row a budget, measure (usd, tokens), UTC day of a period and knowledge: how fast it is spent
with sums as (

    select
        *,
        days_known >= {{ budget_mean_days() }} as is_seasonal
    from {{ ref('int_budget_sums') }}

)

select
    budget_id,
    measure,
    date_day,
    is_now,
    is_as_known,
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
    min(case when is_now and actual >= amount then date_day end) over (
        partition by budget_id, measure, period_start, is_now
        order by date_day
    ) as reached_on,
    {%- for window_days in budget_burn_limits() %}
    {{ ratio(
        usd_times('counted_' ~ window_days ~ 'd', 'period_days'), usd_times('amount', window_days)
    ) }} as burn_{{ window_days }}d,
    {%- endfor %}
    case
        when is_seasonal then 'seasonal'
        when complete_days >= 1 then 'linear'
    end as forecast_method,
    {%- for weekday in range(1, 8) %}
    weekday_sum_{{ weekday }},
    {%- endfor %}
    complete_days,
    complete_sum,
    case
        when is_day_over then cast(null as {{ type_usd_sum() }})
        when is_seasonal then {{ mean_of_weeks('weekday_sum_1') }}
        else {{ usd_per('complete_sum', 'complete_days') }}
    end as expected_today,
    case
        when is_seasonal then {{ budget_mean_days() | int - 7 }}
        else complete_days - 1
    end as degrees_of_freedom,
    -- Variance of a day about the mean of its weekday, before that about the mean of the period.
    case
        when is_seasonal
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
from sums
