-- grain: one row a period grain, period, use case, endpoint, stage, model, model tier and prompt version
{%- set dimensions = usage_dimensions() | reject('equalto', 'intent') | list %}

with usage_days as (

    select * from {{ ref('int_usage_days') }}

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        {%- for dimension in dimensions %}
        {{ dimension }},
        {%- endfor %}
        {%- for measure in usage_measures() %}
        {{ measure.added }} as {{ measure.name }},
        {%- endfor %}
        {{ whole_sum('unpriced_attempts') }} as unpriced_attempts
    from usage_days
    group by
        {{ period_start(period_grain, 'request_date') }},
        {{ dimensions | join(',\n        ') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    {%- for dimension in dimensions %}
    {{ dimension }},
    {%- endfor %}
    {%- for measure in usage_measures() %}
    {{ measure.name }},
    {%- endfor %}
    unpriced_attempts,
    {{ usd_per('cost_usd', 'requests') }} as cost_per_request_usd,
    {{ usd_per('cost_usd', 'successful_requests') }} as cost_per_successful_request_usd,
    {{ ratio(all_tokens(), 'successful_requests') }} as tokens_per_successful_request,
    {{ ratio('input_tokens', 'requests') }} as input_tokens_per_request,
    {{ ratio('cached_input_tokens', 'requests') }} as cached_input_tokens_per_request,
    {{ ratio('output_tokens', 'requests') }} as output_tokens_per_request,
    {{ ratio('reasoning_tokens', 'requests') }} as reasoning_tokens_per_request,
    {{ ratio('failed_attempts', 'attempts') }} as error_ratio,
    {{ ratio('successful_requests', 'ended_requests') }} as success_ratio,
    {{ ratio('retries', 'requests') }} as retry_ratio,
    {{ ratio('fallbacks', 'requests') }} as fallback_ratio,
    {{ ratio('waste_cost_usd', 'cost_usd') }} as waste_share,
    {{ ratio('output_cap_breaches', 'output_capped_attempts') }} as output_cap_breach_ratio
from periods
