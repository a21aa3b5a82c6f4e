-- grain: one row a telemetry event as delivered, with its request, its date, and the reason where it is rejected
{{ config(meta={'in_run': 'files', 'touched_by': 'source_file'}) }}

with events as (

    select * from {{ ref('stg_telemetry__llm_requests') }}

),

files as (

    select
        source_file,
        modified_at
    from {{ ref('stg_landing__files') }}
    where modified_at is not null

),

bounded as (

    select
        events.*,
        case
            when events.invalid_time is not null then events.invalid_time
            when events.sent_occurred_at > {{ believable_until('events.sent_ingested_at', 'files.modified_at') }}
                then concat('occurred_at: ', cast(events.sent_occurred_at as {{ type_text() }}))
        end as unbelievable_time
    from events
    left join files on events.source_file = files.source_file

),

timed as (

    select
        *,
        case when unbelievable_time is null then coalesce(sent_occurred_at, sent_ingested_at) end as occurred_at,
        case when unbelievable_time is null then coalesce(sent_ingested_at, sent_occurred_at) end as ingested_at
    from bounded

),

identified as (

    select
        *,
        -- Undated rows share a day of their own, so that they are found, rebuilt and counted like any other day.
        coalesce(cast(occurred_at as date), date '0001-01-01') as event_date,
        {{ event_request_id() }} as request_id,
        case
            when corrupt_record is not null then 'unparsable_line'
            when occurred_at is null then 'no_usable_time'
            when invalid_token_count is not null then 'invalid_token_count'
        end as reject_reason
    from timed

)

select
    *,
    {{ narrowing_hash('request_id') }} as request_hash
from identified
