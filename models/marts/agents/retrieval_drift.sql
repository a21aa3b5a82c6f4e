-- grain: one row a week and endpoint with retrieval
with days as (

    select * from {{ ref('int_retrieval_days') }}

),

weeks as (

    select
        {{ period_start('week', 'request_date') }} as period_start,
        endpoint_tag,
        {%- for count in retrieval_counts() %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        min(request_date) as first_date
    from days
    group by
        {{ period_start('week', 'request_date') }},
        endpoint_tag

),

baselines as (

    select
        weeks.period_start,
        {%- for count in retrieval_counts() %}
        cast(sum(days.{{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        weeks.endpoint_tag
    from weeks
    inner join days
        on
            weeks.endpoint_tag = days.endpoint_tag
            and weeks.period_start > days.request_date
            and weeks.period_start - interval '28' day <= days.request_date
    group by
        weeks.period_start,
        weeks.endpoint_tag

),

measured as (

    select
        weeks.period_start,
        weeks.endpoint_tag,
        {%- for side, prefix in [('weeks', ''), ('baselines', 'baseline_')] %}
        {{ ratio(side ~ '.input_tokens', side ~ '.token_requests') }} as {{ prefix }}input_tokens_per_request,
        {{ ratio(side ~ '.hits', side ~ '.hit_requests') }} as {{ prefix }}hit_rate,
        {{ ratio(side ~ '.top_k', side ~ '.top_k_requests') }} as {{ prefix }}top_k,
        {{ ratio(side ~ '.chunks', side ~ '.chunk_requests') }} as {{ prefix }}chunks_per_request,
        least({{ side }}.token_requests, {{ side }}.hit_requests) as {{ prefix }}requests_with_evidence,
        {%- endfor %}
        weeks.requests
    from weeks
    left join baselines
        on
            weeks.period_start = baselines.period_start
            and weeks.endpoint_tag = baselines.endpoint_tag

),

compared as (

    select
        *,
        {{ ratio('input_tokens_per_request', 'baseline_input_tokens_per_request') }} - 1 as input_tokens_lift,
        hit_rate - baseline_hit_rate as hit_rate_change
    from measured

)

select
    period_start,
    endpoint_tag,
    requests,
    requests_with_evidence,
    coalesce(baseline_requests_with_evidence, 0) as baseline_requests_with_evidence,
    cast({{ var('retrieval_min_requests') }} as bigint) as min_requests,
    input_tokens_per_request,
    baseline_input_tokens_per_request,
    input_tokens_lift,
    cast({{ var('retrieval_min_tokens_lift') }} as double) as min_input_tokens_lift,
    hit_rate,
    baseline_hit_rate,
    hit_rate_change,
    cast({{ var('retrieval_min_hit_rate_fall') }} as double) as min_hit_rate_fall,
    top_k,
    baseline_top_k,
    chunks_per_request,
    baseline_chunks_per_request,
    {{ retrieval_verdict() }} as verdict
from compared
