-- grain: one row a telemetry event that a run before has taken in, on a date that this run rebuilds
-- depends_on: {{ ref('run_dates') }}, {{ ref('int_deliveries_new') }}
{{ config(materialized='table') }}

select *
{%- if run_is_whole() %}
from {{ ref('int_deliveries_new') }}
where false
{%- else %}
from {{ ref('int_deliveries_validated') }}
where
    {{ in_run_files('files') }}
    and {{ in_run('event_date', 'dates') }}
    and not ({{ is_new_delivery() }})
{%- endif %}
