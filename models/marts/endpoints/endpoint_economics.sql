-- grain: one row a period grain, period, use case, endpoint, stage, model, model tier and prompt version
with usage_days as (

    select * from {{ ref('int_usage_days') }}

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        use_case,
        endpoint_tag,
        stage,
        provider,
        model,
        model_tier,
        prompt_version,
        {{ whole_sum('requests') }} as requests,
        {{ whole_sum('ended_requests') }} as ended_requests,
        {{ whole_sum('successful_requests') }} as successful_requests,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('retries') }} as retries,
        {{ whole_sum('fallbacks') }} as fallbacks,
        {{ whole_sum('failed_attempts') }} as failed_attempts,
        {{ whole_sum('unknown_status_attempts') }} as unknown_status_attempts,
        {{ whole_sum('unobserved_attempts') }} as unobserved_attempts,
        {{ whole_sum('output_capped_attempts') }} as output_capped_attempts,
        {{ whole_sum('output_cap_breaches') }} as output_cap_breaches,
        {{ whole_sum('truncated_attempts') }} as truncated_attempts,
        {{ whole_sum('input_tokens') }} as input_tokens,
        {{ whole_sum('cached_input_tokens') }} as cached_input_tokens,
        {{ whole_sum('cache_write_tokens') }} as cache_write_tokens,
        {{ whole_sum('output_tokens') }} as output_tokens,
        {{ whole_sum('reasoning_tokens') }} as reasoning_tokens,
        {{ whole_sum('output_tokens_over_cap') }} as output_tokens_over_cap,
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('waste_cost_usd') }} as waste_cost_usd,
        {{ whole_sum('unpriced_attempts') }} as unpriced_attempts
    from usage_days
    group by all
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    *,
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
