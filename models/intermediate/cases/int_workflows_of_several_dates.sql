-- grain: one row a workflow with attempts on more than one UTC date; few, so that the others need no dates in order
select
    workflow_id,
    last_attempt_at
from {{ ref('fct_workflows') }}
where cast(started_at as date) < cast(last_attempt_at as date)
