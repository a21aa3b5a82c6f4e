-- grain: one row a period grain, period, use case, flow, outcome definition, audience, endpoint and stage: what the
-- workflows that began in the period took there
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
{%- set groups = ['use_case', 'flow', 'outcome_definition', 'audience'] %}
{%- set grain = groups + ['endpoint_tag', 'stage'] %}
{%- set counts = ['requests', 'attempts', 'unpriced_attempts', 'input_tokens', 'output_tokens'] %}

with workflows as (

    select * from {{ ref('int_workflows_grouped') }}

),

flows as (

    select * from {{ ref('use_case_economics') }}

),

stages as (

    select
        workflow_id,
        endpoint_tag,
        stage,
        {%- for count in counts %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('int_workflow_stage_days') }}
    where {{ since_run_began('request_date', 'first_started_on') }}
    group by
        workflow_id,
        endpoint_tag,
        stage

),

days as (

    select
        workflows.started_on,
        {%- for column in groups %}
        workflows.{{ column }},
        {%- endfor %}
        stages.endpoint_tag,
        stages.stage,
        count(*) as workflows,
        {%- for count in counts %}
        {{ whole_sum('stages.' ~ count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('stages.cost_usd') }} as cost_usd
    from stages
    inner join workflows on stages.workflow_id = workflows.workflow_id
    group by all

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'started_on') }} as period_start,
        {{ grain | join(', ') }},
        {%- for count in ['workflows'] + counts %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd
    from days
    where {{ in_run(period_start(period_grain, 'started_on'), 'months') }}
    group by
        {{ period_start(period_grain, 'started_on') }},
        {{ grain | join(', ') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    periods.*,
    -- Of the whole flow: a stage has no success of its own.
    flows.successful_workflows,
    flows.undecided_workflows,
    {{ usd_per('periods.cost_usd', 'periods.workflows') }} as cost_per_workflow_usd,
    {{ usd_per('periods.cost_usd', 'flows.successful_workflows') }} as cost_per_successful_workflow_usd,
    {{ ratio(all_tokens('periods.input_tokens', 'periods.output_tokens'), 'flows.successful_workflows') }}
        as tokens_per_successful_workflow
from periods
inner join flows
    on
        periods.period_grain = flows.period_grain
        and periods.period_start = flows.period_start
        {%- for column in groups %}
        and periods.{{ column }} = flows.{{ column }}
        {%- endfor %}
