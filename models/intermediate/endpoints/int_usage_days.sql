-- grain: one row a UTC date, use case, endpoint, stage, intent, model and prompt version with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select
        attempts.*,
        endpoints.output_token_cap
    from {{ ref('fct_attempts') }} as attempts
    left join {{ ref('dim_endpoints') }} as endpoints on attempts.endpoint_tag = endpoints.endpoint_tag
    where
        attempts.is_reportable
        and {{ in_run('attempts.request_date', 'dates') }}

)

select
    request_date,
    coalesce(use_case, 'unknown') as use_case,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    coalesce(stage, 'unknown') as stage,
    coalesce(intent, 'unknown') as intent,
    coalesce(priced_provider, provider, 'unknown') as provider,
    coalesce(priced_model, model, 'unknown') as model,
    coalesce(model_tier, 'unknown') as model_tier,
    coalesce(prompt_version, 'unknown') as prompt_version,
    -- A request counts where it began, and as ended and successful where its last attempt was. So sums over models,
    -- versions and days are right although a fallback or midnight may part a request.
    count(*) filter (where attempt_index = 1) as requests,
    count(*) filter (where is_final) as ended_requests,
    count(*) filter (where is_final and status = 'success') as successful_requests,
    count(*) as attempts,
    count(*) filter (where is_retry) as retries,
    count(*) filter (where is_fallback) as fallbacks,
    count(*) filter (where status = 'error') as failed_attempts,
    count(*) filter (where status = 'unknown') as unknown_status_attempts,
    count(*) filter (
        where coalesce(input_tokens, cached_input_tokens, cache_write_tokens, output_tokens) is null
    ) as unobserved_attempts,
    count(*) filter (where output_tokens is not null and output_token_cap is not null) as output_capped_attempts,
    count(*) filter (where output_tokens > output_token_cap) as output_cap_breaches,
    count(*) filter (where output_tokens >= max_output_tokens) as truncated_attempts,
    {{ whole_sum('input_tokens') }} as input_tokens,
    {{ whole_sum('cached_input_tokens') }} as cached_input_tokens,
    {{ whole_sum('cache_write_tokens') }} as cache_write_tokens,
    {{ whole_sum('output_tokens') }} as output_tokens,
    {{ whole_sum('reasoning_tokens') }} as reasoning_tokens,
    {{ whole_sum('case when output_tokens > output_token_cap then output_tokens - output_token_cap end') }}
        as output_tokens_over_cap,
    {{ sum_usd('cost_usd') }} as cost_usd,
    {{ sum_usd('waste_cost_usd') }} as waste_cost_usd,
    count(*) - count(cost_usd) as unpriced_attempts
from attempts
group by all
