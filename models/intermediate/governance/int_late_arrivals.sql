-- grain: one row a UTC date of events, later UTC date on which they arrived, and source system
{{ config(materialized='incremental', unique_key='request_date') }}

with deliveries as (

    select
        event_date as request_date,
        cast(sent_ingested_at as date) as arrived_on,
        coalesce(source_system, 'unknown') as source_system,
        {{ microseconds_between('occurred_at', 'sent_ingested_at') }} as delay
    from {{ ref('int_deliveries_read') }}
    where
        reject_reason is null
        and sent_ingested_at is not null

)

select
    request_date,
    arrived_on,
    source_system,
    count(*) as deliveries,
    count(*) filter (where delay > 86400000000) as deliveries_later_than_a_day
from deliveries
where arrived_on > request_date
group by
    request_date,
    arrived_on,
    source_system
