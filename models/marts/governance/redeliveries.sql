-- grain: one row a delivery of an attempt that another delivery of the same attempt replaced
{{ config(materialized='incremental', unique_key='request_date') }}

with deliveries as (

    select * from {{ ref('int_deliveries_ranked') }}

),

attempts as (

    select
        attempt_key,
        payload_hash,
        ingested_at,
        event_date
    from deliveries
    where delivery_rank = 1

)

select
    deliveries.attempt_key,
    deliveries.request_id,
    cast(deliveries.delivery_rank as bigint) as delivery_rank,
    deliveries.occurred_at,
    deliveries.event_date as request_date,
    deliveries.ingested_at,
    attempts.ingested_at as replaced_by_ingested_at,
    attempts.event_date as attempt_request_date,
    -- The replaced delivery said something else than the one that counts.
    deliveries.payload_hash <> attempts.payload_hash as has_conflict,
    deliveries.is_snapshot,
    deliveries.reported_cost_usd,
    deliveries.input_tokens,
    deliveries.output_tokens,
    deliveries.source_file,
    deliveries.source_line
from deliveries
inner join attempts on deliveries.attempt_key = attempts.attempt_key
where
    deliveries.delivery_rank > 1
    and {{ in_run('deliveries.event_date', 'dates') }}
