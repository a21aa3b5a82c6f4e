-- grain: one row a valid telemetry event of a request that was delivered more than once (redelivered or retried)
-- depends_on: {{ ref('run_dates') }}
{{ config(materialized='incremental', unique_key='event_date') }}

-- Nine requests in ten are delivered once. With the others apart, nothing needs a window over everything. Deliveries
-- are named once for the count and once for the rows: one CTE for both would hold every column of history in memory.
with delivered_requests as (

    -- Of an event that has an id, nothing else has to be read for its hash.
    {%- for has_id in [true, false] %}
    select {{ narrowing_hash(event_request_id_as_sent()) if has_id else 'request_hash' }} as request_hash
    from {{ ref('int_deliveries_validated') }}
    where
        external_request_id is {{ "not" if has_id }} null
        and reject_reason is null
        and {{ in_run_files('files') }}
        and {{ in_run('event_date', 'dates') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

deliveries as (

    select * from {{ ref('int_deliveries_validated') }}
    where
        reject_reason is null
        and {{ in_run_files('files') }}
        and {{ in_run('event_date', 'dates') }}

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
