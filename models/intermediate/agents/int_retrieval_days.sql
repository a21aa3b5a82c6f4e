-- grain: one row a UTC date, endpoint, prompt version and retrieval configuration with reportable retrieval
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select
        *,
        {{ observed_tokens('input_tokens') }} as prompt_tokens,
        {{ observed_tokens('retrieval_top_k') }} as top_k,
        case when retrieved_chunks between 0 and 999999999 then retrieved_chunks end as chunks
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and coalesce(
            retrieval_config is not null
            or retrieval_top_k is not null
            or retrieved_chunks is not null
            or retrieval_hit is not null,
            false
        )
        and {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    coalesce(prompt_version, 'unknown') as prompt_version,
    coalesce(retrieval_config, 'unknown') as retrieval_config,
    count(*) as attempts,
    count(*) - count(cost_usd) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd,
    -- A retry searches nothing new: what retrieval found counts once a request, at its last try.
    count(*) filter (where is_final) as requests,
    count(*) filter (where is_final and prompt_tokens is not null) as token_requests,
    cast(coalesce(sum(case when is_final then prompt_tokens end), 0) as bigint) as input_tokens,
    count(*) filter (where is_final and top_k is not null) as top_k_requests,
    cast(coalesce(sum(case when is_final then top_k end), 0) as bigint) as top_k,
    max(case when is_final then top_k end) as max_top_k,
    count(*) filter (where is_final and chunks is not null) as chunk_requests,
    cast(coalesce(sum(case when is_final then chunks end), 0) as bigint) as chunks,
    count(*) filter (where is_final and retrieval_hit is not null) as hit_requests,
    count(*) filter (where is_final and retrieval_hit) as hits
from attempts
group by all
