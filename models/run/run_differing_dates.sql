-- grain: one row a UTC date of which a table of telemetry holds more or fewer events than the facts
-- depends_on: {{ ref('int_deliveries_validated') }}
{{ config(materialized='table') }}

{% if not rows_behind_differ() -%}
select cast(null as date) as event_date
where false
{%- else -%}
with delivered as (

    select
        event_date,
        count(*) as row_count
    from {{ ref('int_deliveries_validated') }}
    group by event_date

),

kept as (

    select
        event_date,
        count(*) as row_count
    from (
        select request_date as event_date from {{ previous_build('int_attempts_attributed') }}
        union all
        select request_date as event_date from {{ previous_build('redeliveries') }}
        union all
        select event_date from {{ previous_build('int_deliveries_rejected') }}
    ) as facts
    group by event_date

)

select coalesce(delivered.event_date, kept.event_date) as event_date
from delivered
full outer join kept on delivered.event_date = kept.event_date
where coalesce(delivered.row_count <> kept.row_count, true)
{%- endif %}
