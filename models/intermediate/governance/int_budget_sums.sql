-- grain: one row a budget, measure (usd, tokens), UTC day of a period and knowledge: the sums its state rests on
{%- set newest_sums = ['not_counted_in_mean'] %}
{%- for weekday in range(1, 8) %}{% do newest_sums.append('weekday_sum_' ~ weekday) %}{% endfor %}
{%- set windows = budget_burn_limits().keys() | list %}
with looks as (

    select
        *,
        {{ days_between('first_date', 'date_day') }} + 1 as days_since_first,
        case when is_day_over then date_day else cast(date_day - interval '1' day as date) end as newest_day,
        case when is_day_over then 0 else 1 end as days_not_over
    from {{ ref('int_budget_knowledge') }}

),

histories as (

    select * from {{ ref('int_budget_histories') }}

),

-- What became known later is taken off, of the day and of the newest day that is over.
known as (

    select
        looks.*,
        days.period_start,
        days.period_days - days.day_of_period + looks.days_not_over as days_left,
        days.period_days,
        days.day_of_period,
        days.amount,
        least(days.days_known, looks.days_since_first) as days_begun,
        days.counted - coalesce(late.counted, 0) as counted,
        days.actual - coalesce(late.actual, 0) as actual,
        days.attempts_so_far - coalesce(late.attempts_so_far, 0) as attempts_so_far,
        days.not_counted_so_far - coalesce(late.not_counted_so_far, 0) as not_counted_so_far,
        case
            when newest.period_start = days.period_start then newest.sum_so_far - coalesce(late.sum_so_far, 0)
        end as complete_sum,
        {%- for column in newest_sums %}
        newest.{{ column }} - coalesce(late.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        {%- for window_days in windows %}
        days.counted_{{ window_days }}d - coalesce(late.counted_{{ window_days }}d, 0) as counted_{{ window_days }}d,
        newest.counted_{{ window_days }}d
        - coalesce(late.newest_counted_{{ window_days }}d, 0) as newest_counted_{{ window_days }}d,
        {%- endfor %}
        -- Squares do not add up, so there is no interval of what is known no more.
        case when looks.is_now then newest.squares end as squares,
        case when looks.is_now then newest.weekday_squares end as weekday_squares,
        case
            when looks.is_now and newest.period_start = days.period_start then newest.squares_so_far
        end as complete_squares
    from looks
    inner join histories as days
        on
            looks.budget_id = days.budget_id
            and looks.measure = days.measure
            and looks.date_day = days.date_day
    left join histories as newest
        on
            looks.budget_id = newest.budget_id
            and looks.measure = newest.measure
            and looks.newest_day = newest.date_day
    left join {{ ref('int_budget_late') }} as late
        on
            not looks.is_now
            and looks.budget_id = late.budget_id
            and looks.measure = late.measure
            and looks.date_day = late.date_day

)

-- A day that is not over says nothing of other days, and its burn is at least that of the day before it.
select
    budget_id,
    measure,
    date_day,
    is_now,
    is_as_known,
    first_date,
    period_start,
    period_days,
    cast(days_left as int) as days_left,
    amount,
    cast(counted as {{ type_usd_sum() }}) as counted,
    cast(actual as {{ type_usd_sum() }}) as actual,
    cast(attempts_so_far as bigint) as attempts_so_far,
    cast(not_counted_so_far as bigint) as not_counted_so_far,
    cast(days_begun - days_not_over as int) as days_known,
    cast(greatest(least(day_of_period, days_begun) - days_not_over, 0) as int) as complete_days,
    cast(complete_sum as decimal(18, 6)) as complete_sum,
    complete_squares,
    cast(not_counted_in_mean as bigint) as not_counted_in_mean,
    {%- for weekday in range(1, 8) %}
    cast(weekday_sum_{{ weekday }} as decimal(18, 6)) as weekday_sum_{{ weekday }},
    {%- endfor %}
    squares,
    weekday_squares,
    {%- for window_days in windows %}
    cast(greatest(
        case when days_begun >= {{ window_days }} then counted_{{ window_days }}d end,
        case when days_begun > {{ window_days }} and not is_day_over then newest_counted_{{ window_days }}d end
    ) as {{ type_usd_sum() }}) as counted_{{ window_days }}d,
    {%- endfor %}
    is_day_over
from known
