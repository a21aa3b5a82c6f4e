-- grain: one row a week and endpoint with retrieval
with weeks as (

    select * from {{ ref('int_retrieval_weeks') }}

),

compared as (

    select
        *,
        {{ ratio('input_tokens_per_request', 'baseline_input_tokens_per_request') }} - 1 as input_tokens_lift,
        hit_rate - baseline_hit_rate as hit_rate_change
    from weeks

)

select
    week_start,
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
