-- grain: one row a workflow, endpoint, stage, prompt version and UTC date, of the endpoints that this run compares
select * from {{ ref('int_workflow_stage_days') }}
where
    endpoint_tag <> 'unknown'
    and endpoint_tag in (select affected.endpoint_tag from {{ ref('int_affected_releases') }} as affected)
    -- What ended before the first window began met its version before it too.
    and request_date >= (
        select coalesce(min(cast(workflows.started_at as date)), date '9999-12-31')
        from {{ ref('int_workflows_compared') }} as workflows
    )
