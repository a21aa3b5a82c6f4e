-- grain: one row a UTC date and source system with telemetry events that count
{{ config(materialized='incremental', unique_key='request_date') }}

-- What arrives again was not late: a call counts when it arrived first. Deliveries are named twice, because one CTE for
-- both would hold history in memory.
with calls as (

    select
        event_date as request_date,
        coalesce(source_system, 'unknown') as source_system,
        min({{ microseconds_between('sent_occurred_at', 'sent_ingested_at') }}) as delay
    from {{ ref('int_deliveries_read') }}
    where
        reject_reason is null
        and sent_occurred_at is not null
        and sent_ingested_at is not null
    group by
        event_date,
        coalesce(source_system, 'unknown'),
        request_hash,
        attempt_id,
        attempt_number,
        provider,
        model,
        sent_occurred_at

),

delays as (

    select
        request_date,
        source_system,
        count(*) as timed_calls,
        count(*) filter (where delay > 86400000000) as calls_later_than_a_day,
        count(*) filter (where delay < 0) as calls_before_their_time,
        {{ percentile_list('delay', {'median': 0.50, 'p95': 0.95}) }} as percentiles,
        max(delay) as max_delay
    from calls
    group by
        request_date,
        source_system

),

-- Only pauses from one hour with events to the next are told apart: a shorter one is none.
hours as (

    select
        event_date as request_date,
        coalesce(source_system, 'unknown') as source_system,
        count(*) as deliveries,
        count(*) - count(sent_ingested_at) as deliveries_without_ingested_at,
        min(occurred_at) as first_event_at,
        max(occurred_at) as last_event_at
    from {{ ref('int_deliveries_read') }}
    where reject_reason is null
    group by
        event_date,
        coalesce(source_system, 'unknown'),
        {{ hour_start('occurred_at') }}

),

paused as (

    select
        *,
        {{ microseconds_between('lag(last_event_at) over source_day', 'first_event_at') }} as pause
    from hours
    window source_day as (partition by request_date, source_system order by first_event_at)

),

days as (

    select
        request_date,
        source_system,
        {{ whole_sum('deliveries') }} as deliveries,
        {{ whole_sum('deliveries_without_ingested_at') }} as deliveries_without_ingested_at,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at,
        max(pause) as longest_pause
    from paused
    group by
        request_date,
        source_system

),

attempts as (

    select
        request_date,
        coalesce(source_system, 'unknown') as source_system,
        count(*) as attempts,
        count(*) filter (where usage_source = 'estimated') as estimated_attempts,
        {{ whole_sum(all_tokens()) }} as tokens,
        {{ whole_sum("case when usage_source = 'estimated' then " ~ all_tokens() ~ " end") }} as estimated_tokens
    from {{ ref('fct_attempts') }}
    where {{ in_run('request_date', 'dates') }}
    group by
        request_date,
        coalesce(source_system, 'unknown')

)

select
    days.request_date,
    days.source_system,
    coalesce(attempts.attempts, 0) as attempts,
    days.deliveries,
    days.deliveries_without_ingested_at,
    days.first_event_at,
    days.last_event_at,
    days.longest_pause,
    coalesce(delays.timed_calls, 0) as timed_calls,
    coalesce(delays.calls_later_than_a_day, 0) as calls_later_than_a_day,
    coalesce(delays.calls_before_their_time, 0) as calls_before_their_time,
    {{ list_item('delays.percentiles', 1) }} as median_delay,
    {{ list_item('delays.percentiles', 2) }} as p95_delay,
    delays.max_delay,
    attempts.tokens,
    attempts.estimated_tokens,
    coalesce(attempts.estimated_attempts, 0) as estimated_attempts
from days
left join delays
    on
        days.request_date = delays.request_date
        and days.source_system = delays.source_system
left join attempts
    on
        days.request_date = attempts.request_date
        and days.source_system = attempts.source_system
