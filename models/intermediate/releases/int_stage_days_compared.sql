-- grain: one row a workflow, endpoint, stage, prompt version and UTC date, of the endpoints that this run compares
select * from {{ ref('int_workflow_stage_days') }}
where
    endpoint_tag <> 'unknown'
    and {{ in_run('endpoint_tag', 'endpoints') }}
    {%- if not run_is_whole() %}
    -- What ended before the first window began met its version before it too.
    and request_date >= (
        select coalesce(min(cast(workflows.started_at as date)), date '9999-12-31')
        from {{ ref('fct_workflows') }} as workflows
        where {{ since_run_began('workflows.last_attempt_at', 'compared_from') }}
    )
    {%- endif %}
