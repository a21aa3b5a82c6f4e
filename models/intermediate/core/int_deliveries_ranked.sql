-- grain: one row a delivery of a request that was delivered more than once and has a delivery on a date that this run
-- rebuilds; rank 1 is the attempt that counts
with touched as (

    select request_hash
    from {{ ref('int_deliveries_repeated') }}
    where {{ in_run('event_date', 'dates') }}

),

deliveries as (

    select * from {{ ref('int_deliveries_repeated') }}
    where request_hash in (select touched.request_hash from touched)

),

keyed as (

    select
        *,
        {{ attempt_key() }} as attempt_key,
        md5({{ joined_text(delivered_fields()) }}) as payload_hash
    from deliveries

)

select
    *,
    -- The newest delivery wins. Between two of the same moment the payload decides, so that no order of arrival does.
    row_number() over (
        partition by attempt_key
        order by ingested_at desc, payload_hash desc, source_file desc, source_line desc
    ) as delivery_rank
from keyed
