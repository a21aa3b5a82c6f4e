-- grain: one row a budget, measure (usd, tokens) and UTC day, with what of its sums became known after it
{{ config(materialized='table') }}
with late as (

    select
        late.*,
        late.date_day >= days.period_start as is_in_period,
        -- The newest day that is over is the day itself, or the one before it.
        late.days_back - case when known.is_day_over then 0 else 1 end as days_before_newest
    from {{ ref('int_budget_days_late') }} as late
    inner join {{ ref('int_telemetry_known') }} as known on late.status_date = known.date_day
    inner join {{ ref('int_budget_days') }} as days
        on
            late.budget_id = days.budget_id
            and late.measure = days.measure
            and late.status_date = days.date_day
    where days.amount is not null

)

select
    budget_id,
    measure,
    status_date as date_day,
    sum(case when is_in_period then counted else 0 end) as actual,
    sum(case when is_in_period then attempts else 0 end) as attempts_so_far,
    sum(case when is_in_period then attempts_not_counted else 0 end) as not_counted_so_far,
    sum(case when is_in_period and days_before_newest >= 0 then rounded else 0 end) as sum_so_far,
    sum(
        case
            when days_before_newest between 0 and {{ budget_mean_days() | int - 1 }} then attempts_not_counted else 0
        end
    ) as not_counted_in_mean,
    {%- for weekday in range(1, 8) %}
    sum(
        case
            when
                days_before_newest between 0 and {{ budget_mean_days() | int - 1 }}
                and mod(days_before_newest, 7) = {{ 7 - weekday }}
                then rounded
            else 0
        end
    ) as weekday_sum_{{ weekday }},
    {%- endfor %}
    {%- for window_days in budget_burn_limits() %}
    sum(case when days_back < {{ window_days }} then counted else 0 end) as counted_{{ window_days }}d,
    sum(
        case when days_before_newest between 0 and {{ window_days - 1 }} then counted else 0 end
    ) as newest_counted_{{ window_days }}d,
    {%- endfor %}
    sum(case when days_back = 0 then counted else 0 end) as counted
from late
group by
    budget_id,
    measure,
    status_date
