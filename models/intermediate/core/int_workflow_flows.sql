-- grain: one row a workflow of the run and use case with a flow that a request of it tells
with stage_days as (

    select * from {{ ref('int_workflow_stage_days') }}
    where {{ in_run('workflow_id', 'cases', dated_by='request_date') }}

),

flows as (

    select distinct
        use_case,
        flow,
        endpoint_tag,
        stage
    from {{ ref('stg_reference__use_case_outcomes') }}
    where endpoint_tag is not null

)

select
    stage_days.workflow_id,
    flows.use_case,
    flows.flow
from stage_days
inner join flows
    on
        stage_days.endpoint_tag = flows.endpoint_tag
        and (flows.stage is null or stage_days.stage = flows.stage)
-- The first that was met, as with all that describes a workflow.
qualify row_number() over (
    partition by stage_days.workflow_id, flows.use_case
    order by stage_days.first_met_at, flows.flow
) = 1
