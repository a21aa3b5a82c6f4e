-- grain: one row a version of an attempt that counted at the end of a UTC day, and was replaced on a later one
{{ config(materialized='incremental', unique_key='request_date') }}

select
    *,
    {{ cost_usd() }} as cost_usd,
    {{ cost_source() }} as cost_source
from {{ ref('int_attempt_versions_attributed') }}
where replaced_on is not null
