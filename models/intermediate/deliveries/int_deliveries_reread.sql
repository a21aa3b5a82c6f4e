-- grain: one row a telemetry event, valid or rejected, of the files that hold a date which this run rebuilds
with deliveries as (

    select * from {{ ref('int_deliveries_validated') }}

)

select *
from deliveries
where
    source_file in (
        select files.source_file
        from {{ ref('int_file_dates') }} as files
        inner join {{ ref('int_affected_dates') }} as affected on files.event_date = affected.event_date
    )
