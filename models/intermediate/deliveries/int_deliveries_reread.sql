-- grain: one row a telemetry event, valid or rejected, of the files that hold a date which this run rebuilds
-- depends_on: {{ ref('int_file_dates') }}
-- depends_on: {{ ref('int_affected_dates') }}
with deliveries as (

    select * from {{ ref('int_deliveries_validated') }}

)

select *
from deliveries
{%- if previous_build('int_attempts_attributed') is not none %}
-- The first build rereads every file.
where
    source_file in (
        select files.source_file
        from {{ ref('int_file_dates') }} as files
        inner join {{ ref('int_affected_dates') }} as affected on files.event_date = affected.event_date
    )
{%- endif %}
