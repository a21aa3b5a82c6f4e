-- grain: one row a UTC date with attempts of a workflow whose attempts may be others than before this run
{{ config(materialized='table') }}

-- Storage skips dates, and a table as small as this one is what an engine looks them up in.
select distinct request_date
from {{ ref('int_workflow_days') }}
where {{ is_on_affected_list(['workflow_id'], 'int_workflows_on_affected_dates', 'request_date') }}
