-- Where every event of telemetry was rejected, all reports are empty, and that is no good news. The test comes after
-- the marts, because a bad row stops nothing. What to do says unread_files.
-- depends_on: {{ ref('unread_files') }}
select count(*) as rejected_events
from {{ ref('rejected_rows') }} as rejected
where
    rejected.raw_table = 'llm_requests'
    and not exists (
        select coverage.attempts
        from {{ ref('attribution_coverage') }} as coverage
        where coverage.dimension = 'scope'
    )
having count(*) > 0
