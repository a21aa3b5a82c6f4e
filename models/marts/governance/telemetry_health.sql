-- grain: one row a UTC date and source system, from its first event as far as telemetry reaches
with days as (

    select * from {{ ref('int_source_days') }}

),

rhythms as (

    select * from {{ ref('int_source_rhythms') }}

),

arrivals as (

    select
        arrived_on,
        source_system,
        {{ whole_sum('deliveries') }} as deliveries,
        {{ whole_sum('deliveries_later_than_a_day') }} as deliveries_later_than_a_day,
        min(request_date) as oldest_date
    from {{ ref('int_late_arrivals') }}
    group by
        arrived_on,
        source_system

),

-- Beside the dates that telemetry reaches: what lies after as_of, and dates on which something arrived that is older.
calendar as (

    select
        request_date,
        source_system
    from rhythms

    union

    select
        request_date,
        source_system
    from days

    union

    select
        arrived_on as request_date,
        source_system
    from arrivals

)

select
    calendar.request_date,
    calendar.source_system,
    coalesce(rhythms.is_day_over, false) as is_day_over,
    coalesce(days.attempts, 0) as attempts,
    coalesce(days.deliveries, 0) as deliveries,
    coalesce(days.deliveries_without_ingested_at, 0) as deliveries_without_ingested_at,
    {{ ratio('days.deliveries_without_ingested_at', 'days.deliveries') }} as without_ingested_at_share,
    coalesce(days.timed_calls, 0) as timed_calls,
    days.median_delay / 1000000e0 as median_delay_seconds,
    days.p95_delay / 1000000e0 as p95_delay_seconds,
    days.max_delay / 1000000e0 as max_delay_seconds,
    coalesce(days.calls_later_than_a_day, 0) as calls_later_than_a_day,
    {{ ratio('days.calls_later_than_a_day', 'days.timed_calls') }} as later_than_a_day_share,
    coalesce(days.calls_before_their_time, 0) as calls_before_their_time,
    coalesce(days.estimated_attempts, 0) as estimated_attempts,
    days.tokens,
    -- Nothing of what is known is estimated, or nothing is known.
    case when days.tokens is not null then coalesce(days.estimated_tokens, 0) end as estimated_tokens,
    {{ ratio('case when days.tokens is not null then coalesce(days.estimated_tokens, 0) end', 'days.tokens') }}
        as estimated_token_share,
    coalesce(arrivals.deliveries, 0) as arrived_for_earlier_dates,
    coalesce(arrivals.deliveries_later_than_a_day, 0) as arrived_later_than_a_day,
    arrivals.oldest_date as oldest_date_arrived_for,
    rhythms.newest_event_at,
    rhythms.silence_hours,
    rhythms.longest_silence_hours,
    rhythms.usual_silence_hours,
    rhythms.hours_behind_others,
    rhythms.is_behind_own_rhythm,
    rhythms.is_behind_others,
    coalesce(rhythms.source_state, 'not_reached') as source_state,
    cast(sum(case when rhythms.source_state = 'behind' then 1 else 0 end) over (
        partition by calendar.request_date
    ) as bigint) as sources_behind
from calendar
left join rhythms
    on
        calendar.request_date = rhythms.request_date
        and calendar.source_system = rhythms.source_system
left join days
    on
        calendar.request_date = days.request_date
        and calendar.source_system = days.source_system
left join arrivals
    on
        calendar.request_date = arrivals.arrived_on
        and calendar.source_system = arrivals.source_system
