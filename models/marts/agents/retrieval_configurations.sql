-- grain: one row a period grain, period, endpoint, prompt version and retrieval configuration
with days as (

    select * from {{ ref('int_retrieval_days') }}

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        endpoint_tag,
        prompt_version,
        retrieval_config,
        {%- for count in retrieval_counts() %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        max(max_top_k) as max_top_k,
        {{ sum_usd('cost_usd') }} as cost_usd
    from days
    group by all
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    endpoint_tag,
    prompt_version,
    retrieval_config,
    requests,
    attempts,
    unpriced_attempts,
    cost_usd,
    {{ usd_per('cost_usd', 'requests') }} as cost_per_request_usd,
    {{ ratio('input_tokens', 'token_requests') }} as input_tokens_per_request,
    {{ ratio('top_k', 'top_k_requests') }} as top_k,
    max_top_k,
    {{ ratio('chunks', 'chunk_requests') }} as chunks_per_request,
    hit_requests,
    hits,
    {{ ratio('hits', 'hit_requests') }} as hit_rate
from periods
