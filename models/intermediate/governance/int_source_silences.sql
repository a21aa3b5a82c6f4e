-- grain: one row a UTC date and source system, from its first event as far as telemetry reaches, with its silences
{{ config(materialized='table') }}

with days as (

    select * from {{ ref('int_source_days') }}

),

sources as (

    select
        source_system,
        min(request_date) as first_date
    from days
    group by source_system

),

calendar as (

    select
        listed.date_day as request_date,
        sources.source_system,
        reach.as_of >= cast(listed.date_day + interval '1' day as timestamp) as is_day_over,
        -- A silence is looked at when the day ends; on a day that goes on, as late as telemetry tells of.
        least(reach.as_of, cast(listed.date_day + interval '1' day as timestamp)) as looked_at
    from sources
    cross join {{ ref('int_telemetry_reach') }} as reach
    inner join {{ ref('int_dates_listed') }} as listed on listed.date_day between sources.first_date and reach.last_date

),

followed as (

    select
        calendar.*,
        days.first_event_at,
        days.longest_pause,
        max(days.last_event_at) over so_far as newest_event_at,
        max(days.last_event_at) over before as newest_before,
        count(days.last_event_at) over before as days_with_events_before
    from calendar
    left join days
        on
            calendar.request_date = days.request_date
            and calendar.source_system = days.source_system
    window
        so_far as (
            partition by calendar.source_system
            order by calendar.request_date
            rows between unbounded preceding and current row
        ),
        before as (
            partition by calendar.source_system
            order by calendar.request_date
            rows between unbounded preceding and 1 preceding
        )

)

select
    request_date,
    source_system,
    is_day_over,
    looked_at,
    newest_event_at,
    days_with_events_before,
    first_event_at is not null as has_events,
    greatest({{ microseconds_between('newest_event_at', 'looked_at') }}, 0) as open_silence,
    -- The longest silence that ended on this date, whenever it began.
    greatest({{ microseconds_between('newest_before', 'first_event_at') }}, longest_pause) as ended_silence
from followed
