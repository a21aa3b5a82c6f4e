-- grain: one row a telemetry event, valid or rejected, of the files that hold a date which this run rebuilds
-- depends_on: {{ ref('int_affected_files') }}
with deliveries as (

    select * from {{ ref('int_deliveries_validated') }}

)

select *
from deliveries
{%- if previous_build('int_attempts_attributed') is not none %}
-- The first build rereads every file.
where {{ is_in_affected_file() }}
{%- endif %}
