-- grain: one row a telemetry event that no run has taken in
-- depends_on: {{ ref('run_files') }}
{{ config(materialized='table') }}

select *
from {{ ref('int_deliveries_validated') }}
where {{ is_new_delivery() }}
