-- grain: one row a period grain, period, use case, flow, outcome definition and audience: the workflows that began then
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
{%- set grain = ['use_case', 'flow', 'outcome_definition', 'audience'] %}
{%- set counts = [
    'workflows', 'successful_workflows', 'undecided_workflows', 'contradicted_workflows', 'other_successes', 'requests', 'attempts',
    'retries', 'unpriced_attempts', 'input_tokens', 'output_tokens'
] %}

with days as (

    select
        started_on,
        {{ grain | join(', ') }},
        count(*) as workflows,
        count(*) filter (where is_success) as successful_workflows,
        count(*) filter (where is_success is null) as undecided_workflows,
        count(*) filter (where is_contradicted) as contradicted_workflows,
        count(*) filter (where is_other_success) as other_successes,
        {%- for count in counts[5:] %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('waste_cost_usd') }} as waste_cost_usd
    from {{ ref('int_workflows_grouped') }}
    group by
        started_on,
        {{ grain | join(', ') }}

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'started_on') }} as period_start,
        {{ grain | join(', ') }},
        {%- for count in counts %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('waste_cost_usd') }} as waste_cost_usd
    from days
    where {{ in_run(period_start(period_grain, 'started_on'), 'months') }}
    group by
        {{ period_start(period_grain, 'started_on') }},
        {{ grain | join(', ') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    {{ grain | join(', ') }},
    {{ counts | join(', ') }},
    cost_usd,
    waste_cost_usd,
    {{ ratio('successful_workflows', 'workflows - undecided_workflows') }} as success_rate,
    {{ usd_per('cost_usd', 'workflows') }} as cost_per_workflow_usd,
    {{ usd_per('cost_usd', 'successful_workflows') }} as cost_per_successful_workflow_usd,
    {{ ratio(all_tokens(), 'successful_workflows') }} as tokens_per_successful_workflow
from periods
