-- Where every event of telemetry was rejected, all reports are empty, and that is no good news. The test comes after the
-- marts: a bad row stops nothing, and unread_files says what to do.
select
    count(*) as rejected_events,
    (
        select count(*)
        from {{ ref('unread_files') }}
        where raw_table = 'llm_requests'
    ) as unread_files
from {{ ref('rejected_rows') }}
where
    raw_table = 'llm_requests'
    and not exists (
        select coverage.attempts
        from {{ ref('attribution_coverage') }} as coverage
        where coverage.dimension = 'scope'
    )
having count(*) > 0
