-- grain: one row an attempt, with what was decided when it was built: its price row, tenant, workflow and scope
{{ config(materialized='incremental', unique_key='request_date') }}

select * from {{ ref('int_attempt_versions_attributed') }}
where replaced_on is null
