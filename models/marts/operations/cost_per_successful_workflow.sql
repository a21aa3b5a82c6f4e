-- grain: one row a period grain, period and endpoint: the workflows that first used the endpoint in the period
with endpoints as (

    select * from {{ ref('dim_endpoints') }}

),

days as (

    select * from {{ ref('int_successful_workflow_days') }}

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'started_on') }} as period_start,
        endpoint_tag,
        {%- for count in [
            'workflows', 'successful_workflows', 'undecided_workflows', 'requests', 'attempts', 'unpriced_attempts',
            'input_tokens', 'output_tokens'
        ] %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd
    from days
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
