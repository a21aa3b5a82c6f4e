-- grain: one row a period grain, period, endpoint and tool
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
with calls as (

    select * from {{ ref('int_tool_calls_judged') }}

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
        {{ sum_usd('cost_usd') }} as cost_usd,
        sum(tool_output_tokens) as tool_output_tokens,
        sum(input_tokens) as input_tokens,
        sum(case when is_repeated then calls else 0 end) as repeated_calls,
        sum(case when is_repeated then attempts else 0 end) as repeated_attempts,
        {{ sum_usd('case when is_repeated then cost_usd end') }} as repeated_cost_usd
    from calls
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
        {%- for count in [
            'calls', 'calls_of_unknown_input', 'attempts', 'unpriced_attempts', 'tool_output_tokens', 'input_tokens',
            'repeated_calls', 'repeated_attempts'
        ] %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('repeated_cost_usd') }} as repeated_cost_usd
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
    period_grain,
    period_start,
    endpoint_tag,
    tool_name,
    calls,
    attempts,
    unpriced_attempts,
    cost_usd,
    {{ usd_per('cost_usd', 'calls') }} as cost_per_call_usd,
    tool_output_tokens,
    {{ ratio('tool_output_tokens', 'input_tokens') }} as tool_output_share,
    repeated_calls,
    {{ ratio('repeated_calls', 'calls') }} as repeated_call_share,
    {{ known_cost('repeated_cost_usd', 'repeated_attempts') }} as repeated_cost_usd,
    calls_of_unknown_input
from periods
