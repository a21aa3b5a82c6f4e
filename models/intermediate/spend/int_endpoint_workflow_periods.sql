-- grain: one row a window grain, period and endpoint with workflows, each counted once
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with workflow_days as (

    select * from {{ ref('int_workflow_stage_days') }}
    where {{ in_run('request_date', 'month_days') }}

),

workflows as (

    select * from {{ ref('fct_workflows') }}
    where {{ since_run_began('started_at', 'first_started_on') }}

),

met as (
    {% for period_grain in change_window_grains() %}
    select distinct
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        endpoint_tag,
        workflow_id
    from workflow_days
    where {{ in_run(period_start(period_grain, 'request_date'), 'months') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    met.period_grain,
    met.period_start,
    met.endpoint_tag,
    count(*) as workflows,
    count(*) filter (where workflows.is_success) as successes
from met
left join workflows on met.workflow_id = workflows.workflow_id
group by
    met.period_grain,
    met.period_start,
    met.endpoint_tag
