-- grain: one row a budget, measure (usd, tokens), UTC day of a period and knowledge: what the period comes to
{%- set ahead = range(1, 8) | list %}
{%- set weekdays_ahead = [] %}
{%- set squares_ahead = [] %}
{%- for weekday in ahead %}
{%- do weekdays_ahead.append('times_' ~ weekday ~ ' * weekday_sum_' ~ weekday) %}
{%- do squares_ahead.append('times_' ~ weekday ~ ' * times_' ~ weekday) %}
{%- endfor %}
with paces as (

    select * from {{ ref('int_budget_paces') }}

),

-- Every day to the end of the period; this day, so far, is 0 days ahead. Of what is known no more its end is enough.
days_ahead as (

    select
        paces.*,
        {%- for weekday in ahead %}
        {{ times_ahead('spine.id', weekday) }} as times_{{ weekday }},
        {%- endfor %}
        cast(spine.id as int) as days_ahead
    from paces
    inner join range({{ budget_longest_period() | int + 1 }}) as spine (id)
        on
            paces.days_left >= spine.id
            and (paces.is_now or paces.days_left = spine.id)

),

-- After four complete weeks a weekday is expected as the mean of its last four; before that, each day as the mean of
-- the period's. It varies as the days do that are to come, and as the means do that they are taken from.
expected as (

    select
        *,
        case
            when days_ahead = 0 then cast(0 as {{ type_usd_sum() }})
            when forecast_method = 'seasonal' then {{ mean_of_weeks(weekdays_ahead | join(' + ')) }}
            when forecast_method = 'linear'
                then {{ usd_per(usd_times('complete_sum', 'days_ahead'), 'complete_days') }}
        end as expected,
        case
            when forecast_method = 'seasonal'
                then days_ahead + ({{ squares_ahead | join(' + ') }}) / {{ budget_mean_weeks() }}e0
            else days_ahead + days_ahead * days_ahead / nullif(cast(complete_days as double), 0)
        end as days_of_variance
    from days_ahead

),

-- What a day that is not over has spent is a part of what was expected of it.
paths as (

    select
        *,
        case
            when is_now then cast(date_day - case when is_day_over then 0 else 1 end + days_ahead as date)
        end as ahead_on,
        cast(
            actual + expected
            - case
                when is_day_over or days_ahead = 0 then 0
                else least(counted, expected_today)
            end as {{ type_usd_sum() }}
        ) as path,
        cast(
            case
                when days_ahead = 0 then 0e0
                else
                    {{ t_80('degrees_of_freedom') }}
                    * sqrt(case when day_variance < 0 then 0e0 else day_variance end * days_of_variance)
            end as decimal(18, 6)
        ) as half_width
    from expected

),

-- What is spent is spent. (greatest() would make it the bound where there is none.)
bounded as (

    select
        *,
        path + half_width as high,
        case when path - half_width < actual then actual else path - half_width end as low
    from paths

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
    actual,
    attempts_so_far,
    not_counted_so_far,
    is_lower_bound,
    {%- for window_days in budget_burn_limits() %}
    burn_{{ window_days }}d,
    {%- endfor %}
    forecast_method,
    max(case when days_ahead = days_left then path end) as forecast,
    max(case when days_ahead = days_left then low end) as forecast_low,
    max(case when days_ahead = days_left then high end) as forecast_high,
    coalesce(max(reached_on), min(case when path >= amount then ahead_on end)) as crossing_on,
    coalesce(max(reached_on), min(case when high >= amount then ahead_on end)) as crossing_earliest,
    coalesce(max(reached_on), min(case when low >= amount then ahead_on end)) as crossing_latest
from bounded
group by all
