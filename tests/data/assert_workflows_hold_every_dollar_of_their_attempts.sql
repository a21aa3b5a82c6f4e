-- A workflow costs what its reportable attempts cost, and no attempt with a workflow is left out.
with attempts as (

    select
        workflow_id,
        count(*) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is not null
        and {{ touched_workflow_dates() }}
        and {{ touched('workflow_id', 'workflows', dated_by='request_date') }}
    group by workflow_id

),

workflows as (

    select
        workflow_id,
        attempts,
        cost_usd
    from {{ ref('fct_workflows') }}
    where {{ touched('workflow_id', 'workflows') }}

)

{{ differences('attempts', 'workflows', ['workflow_id'], ['attempts', 'cost_usd']) }}
