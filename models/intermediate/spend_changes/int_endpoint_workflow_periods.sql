-- grain: one row a window grain, period and endpoint with workflows, each counted once
{{ config(
    materialized='incremental',
    unique_key=['window_grain', 'period_start'],
    meta={'affected_by': 'int_affected_case_periods'}
) }}

with workflow_days as (

    select * from {{ ref('int_workflow_stage_days') }}
    where {{ near_affected_periods('request_date', 'int_affected_case_periods') }}

),

workflows as (

    select * from {{ ref('fct_workflows') }}
    where {{ in_affected_case_history(['int_endpoint_workflow_periods'], 'started_at') }}

),

met as (
    {% for window_grain in change_window_grains() %}
    select distinct
        '{{ window_grain }}' as window_grain,
        {{ period_start(window_grain, 'request_date') }} as period_start,
        endpoint_tag,
        workflow_id
    from workflow_days
    where
        {{ on_affected(
            ["'" ~ window_grain ~ "'", period_start(window_grain, 'request_date')],
            'int_affected_case_periods'
        ) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    met.window_grain,
    met.period_start,
    met.endpoint_tag,
    count(*) as workflows,
    count(*) filter (where workflows.is_success) as successes
from met
left join workflows on met.workflow_id = workflows.workflow_id
group by
    met.window_grain,
    met.period_start,
    met.endpoint_tag
