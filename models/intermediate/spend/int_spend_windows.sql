-- grain: one row a window grain and window, with the window of the same length seven days before
{{ config(materialized='table') }}

with dates as (

    select distinct request_date
    from {{ ref('int_endpoint_unit_days') }}

),

history as (

    select min(request_date) as first_date
    from dates

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A window without any spend is one too, where its baseline has some.
starts as (
    {% for period_grain, window_days in change_window_grains().items() %}
    select
        '{{ period_grain }}' as period_grain,
        cast({{ window_days }} as bigint) as window_days,
        {{ period_start(period_grain, 'request_date') }} as period_start
    from dates

    union distinct

    select
        '{{ period_grain }}' as period_grain,
        cast({{ window_days }} as bigint) as window_days,
        {{ period_start(period_grain, next_period_start('week', 'request_date')) }} as period_start
    from dates
    {{ "union distinct" if not loop.last }}
    {%- endfor %}

),

windows as (

    select
        period_grain,
        window_days,
        period_start,
        {{ next_period_start_of('period_grain', 'period_start') }} as period_end,
        cast(period_start - interval '7' day as date) as baseline_start
    from starts

)

select
    windows.period_grain,
    windows.window_days,
    windows.period_start,
    windows.period_end,
    windows.baseline_start,
    {{ next_period_start_of('windows.period_grain', 'windows.baseline_start') }} as baseline_end,
    history.first_date
from windows
cross join history
cross join as_of
where
    windows.baseline_start >= history.first_date
    and cast(windows.period_end as timestamp) <= as_of.as_of
