-- grain: one row a period grain, period and endpoint: the workflows that first used the endpoint in the period
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
{%- set counts = ['requests', 'attempts', 'unpriced_attempts', 'input_tokens', 'output_tokens'] %}

with endpoints as (

    select * from {{ ref('dim_endpoints') }}

),

days as (

    select
        workflow_endpoints.started_on,
        workflow_endpoints.endpoint_tag,
        count(*) as workflows,
        count(*) filter (where workflows.is_success) as successful_workflows,
        count(*) filter (where workflows.is_success is null) as undecided_workflows,
        {%- for count in counts %}
        {{ whole_sum('workflow_endpoints.' ~ count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('workflow_endpoints.cost_usd') }} as cost_usd
    from {{ ref('int_workflow_endpoints') }} as workflow_endpoints
    left join {{ ref('fct_workflows') }} as workflows
        on
            workflow_endpoints.workflow_id = workflows.workflow_id
            and {{ since_run_began('workflows.started_at', 'first_started_on') }}
    where {{ in_run('workflow_endpoints.started_on', 'month_days') }}
    group by
        workflow_endpoints.started_on,
        workflow_endpoints.endpoint_tag

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'started_on') }} as period_start,
        endpoint_tag,
        {%- for count in ['workflows', 'successful_workflows', 'undecided_workflows'] + counts %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd
    from days
    where {{ in_run(period_start(period_grain, 'started_on'), 'months') }}
    group by
        {{ period_start(period_grain, 'started_on') }},
        endpoint_tag
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    periods.period_grain,
    periods.period_start,
    periods.endpoint_tag,
    endpoints.use_case,
    endpoints.stage,
    periods.workflows,
    periods.successful_workflows,
    periods.undecided_workflows,
    periods.requests,
    periods.attempts,
    periods.unpriced_attempts,
    periods.input_tokens,
    periods.output_tokens,
    periods.cost_usd,
    {{ usd_per('periods.cost_usd', 'periods.workflows') }} as cost_per_workflow_usd,
    {{ usd_per('periods.cost_usd', 'periods.successful_workflows') }} as cost_per_successful_workflow_usd,
    {{ ratio(all_tokens('periods.input_tokens', 'periods.output_tokens'), 'periods.successful_workflows') }}
        as tokens_per_successful_workflow
from periods
left join endpoints on periods.endpoint_tag = endpoints.endpoint_tag
