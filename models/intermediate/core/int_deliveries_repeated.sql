-- grain: one row a valid telemetry event of a request that was delivered more than once (redelivered or retried)
{{ config(materialized='incremental', unique_key='event_date') }}

-- Nine requests in ten are delivered once. With the others apart, nothing needs a window over everything. Deliveries
-- are named once for the count and once for the rows: one CTE for both would hold every column of history in memory.
with deliveries as (

    select * from {{ ref('int_deliveries_read') }}
    where reject_reason is null

),

delivered_requests as (

    select request_hash from {{ ref('int_deliveries_read') }}
    where reject_reason is null

),

repeated_requests as (

    select request_hash
    from delivered_requests
    group by request_hash
    having count(*) > 1
    {%- if not run_is_whole() %}

    union all

    select known.request_hash
    from {{ this }} as known
    where
        known.request_hash in (select delivered_requests.request_hash from delivered_requests)
        and not {{ in_run('known.event_date', 'dates') }}
    {%- endif %}

)

select *
from deliveries
where request_hash in (select repeated_requests.request_hash from repeated_requests)
