-- grain: one row a telemetry event that was rejected
{{ config(materialized='incremental', unique_key='event_date') }}

select
    event_date,
    reject_reason,
    case
        when reject_reason = 'unparsable_line' then {{ masked_excerpt('corrupt_record') }}
        when reject_reason = 'invalid_token_count' then {{ masked_value('invalid_token_count') }}
        else coalesce({{ masked_value('unbelievable_time') }}, 'neither occurred_at nor ingested_at is given')
    end as detail,
    {{ shown_id('external_request_id') }} as external_request_id,
    source_file,
    source_line
from {{ ref('int_deliveries_read') }}
where reject_reason is not null
