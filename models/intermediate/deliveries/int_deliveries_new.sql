-- grain: one row a telemetry event that the facts have not taken in yet (every event, when the facts are built whole)
with deliveries as (

    select * from {{ ref('int_deliveries_validated') }}

)

select
    request_id,
    request_hash,
    event_date,
    ingested_at,
    provider,
    model,
    service_tier,
    source_file
from deliveries
where {{ is_new_delivery() }}
