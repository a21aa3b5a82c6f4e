-- grain: one row a workflow whose attempts may be others than before this run; none when the facts are built whole
with affected as (

    select * from {{ ref('int_affected_workflows') }}

)

select
    workflow_id,
    first_date
from affected
where
    is_on_affected_date
    or {{ last_run_broke_off() }}
