-- grain: one row a period grain, period, endpoint and tool
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
{%- set counts = [
    'calls', 'calls_of_unknown_input', 'attempts', 'unpriced_attempts', 'tool_output_tokens', 'input_tokens', 'repeated_calls',
    'repeated_attempts', 'workflows_over_call_cap', 'calls_over_call_cap', 'attempts_over_call_cap', 'calls_over_output_cap',
    'attempts_over_output_cap', 'output_tokens_over_cap'
] %}

with endpoints as (

    select * from {{ ref('dim_endpoints') }}

),

days as (

    select
        request_date,
        endpoint_tag,
        tool_name,
        sum(calls) as calls,
        sum(case when is_input_known then 0 else calls end) as calls_of_unknown_input,
        sum(attempts) as attempts,
        sum(unpriced_attempts) as unpriced_attempts,
        sum(tool_output_tokens) as tool_output_tokens,
        sum(input_tokens) as input_tokens,
        sum(case when is_repeated then calls else 0 end) as repeated_calls,
        sum(case when is_repeated then attempts else 0 end) as repeated_attempts,
        -- On the call that crosses the cap, and once.
        sum(case when number_over_call_cap = 1 then calls else 0 end) as workflows_over_call_cap,
        sum(case when number_over_call_cap > 0 then calls else 0 end) as calls_over_call_cap,
        sum(case when number_over_call_cap > 0 then attempts else 0 end) as attempts_over_call_cap,
        sum(calls_over_output_cap) as calls_over_output_cap,
        sum(attempts_over_output_cap) as attempts_over_output_cap,
        sum(output_tokens_over_cap) as output_tokens_over_cap,
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('case when is_repeated then cost_usd end') }} as repeated_cost_usd,
        {{ sum_usd('case when number_over_call_cap > 0 then cost_usd end') }} as over_call_cap_cost_usd,
        {{ sum_usd('over_output_cap_cost_usd') }} as over_output_cap_cost_usd
    from {{ ref('int_tool_calls_judged') }}
    group by
        request_date,
        endpoint_tag,
        tool_name

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        endpoint_tag,
        tool_name,
        {%- for count in counts %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('repeated_cost_usd') }} as repeated_cost_usd,
        {{ sum_usd('over_call_cap_cost_usd') }} as over_call_cap_cost_usd,
        {{ sum_usd('over_output_cap_cost_usd') }} as over_output_cap_cost_usd
    from days
    where {{ in_run(period_start(period_grain, 'request_date'), 'months') }}
    group by
        {{ period_start(period_grain, 'request_date') }},
        endpoint_tag,
        tool_name
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    periods.period_grain,
    periods.period_start,
    coalesce(endpoints.use_case, 'unknown') as use_case,
    periods.endpoint_tag,
    periods.tool_name,
    periods.calls,
    periods.attempts,
    periods.unpriced_attempts,
    periods.cost_usd,
    {{ usd_per('periods.cost_usd', 'periods.calls') }} as cost_per_call_usd,
    periods.tool_output_tokens,
    {{ ratio('periods.tool_output_tokens', 'periods.input_tokens') }} as tool_output_share,
    periods.repeated_calls,
    {{ ratio('periods.repeated_calls', 'periods.calls') }} as repeated_call_share,
    {{ known_cost('periods.repeated_cost_usd', 'periods.repeated_attempts') }} as repeated_cost_usd,
    periods.calls_of_unknown_input,
    endpoints.tool_call_cap,
    case when endpoints.tool_call_cap is not null then periods.workflows_over_call_cap end as workflows_over_call_cap,
    case when endpoints.tool_call_cap is not null then periods.calls_over_call_cap end as calls_over_call_cap,
    case
        when endpoints.tool_call_cap is not null
            then {{ known_cost('periods.over_call_cap_cost_usd', 'periods.attempts_over_call_cap') }}
    end as over_call_cap_cost_usd,
    endpoints.tool_output_token_cap,
    case
        when endpoints.tool_output_token_cap is not null then periods.calls_over_output_cap
    end as calls_over_output_cap,
    case
        when endpoints.tool_output_token_cap is not null then coalesce(periods.output_tokens_over_cap, 0)
    end as output_tokens_over_cap,
    case
        when endpoints.tool_output_token_cap is not null
            then {{ known_cost('periods.over_output_cap_cost_usd', 'periods.attempts_over_output_cap') }}
    end as over_output_cap_cost_usd
from periods
left join endpoints on periods.endpoint_tag = endpoints.endpoint_tag
