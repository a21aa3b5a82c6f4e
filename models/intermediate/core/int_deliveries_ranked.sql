-- grain: one row a delivery of a request that was delivered more than once and has a delivery on a date that this run
-- rebuilds; rank 1 is the attempt that counts
with deliveries as (

    select
        *,
        md5({{ joined_text(delivered_fields()) }}) as payload_hash
    from {{ ref('int_deliveries_keyed') }}

)

select
    *,
    -- The newest delivery wins, of snapshots the last. Between two of one moment it is the longer answer, and then the
    -- payload decides, so that no order of arrival does.
    row_number() over (
        partition by attempt_key
        order by
            case when is_snapshot then occurred_at end desc,
            case when is_snapshot then output_tokens end desc,
            ingested_at desc,
            output_tokens desc nulls last,
            payload_hash desc,
            source_file desc,
            source_line desc
    ) as delivery_rank
from deliveries
