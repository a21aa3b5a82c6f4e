-- grain: one row a period grain (day, week, month) and period, from the first call or ticket to as_of
with first_dates as (

    select min(request_date) as first_date
    from {{ ref('fct_attempts') }}

    union all

    select min(cast(opened_at as date)) as first_date
    from {{ ref('fct_tickets') }}

),

dates as (

    select
        listed.date_day,
        clock.as_of
    from {{ ref('int_dates_listed') }} as listed
    inner join {{ ref('int_as_of') }} as clock on listed.date_day <= cast(clock.as_of as date)
    where listed.date_day >= (select min(first_dates.first_date) from first_dates)

),

periods as (
    {% for period_grain in period_grains() %}
    select distinct
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'date_day') }} as period_start,
        as_of
    from dates
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    {{ next_period_start_of('period_grain', 'period_start') }} as period_end,
    {{ period_has_passed('period_grain', 'period_start', 'as_of') }} as is_complete,
    as_of
from periods
