-- grain: one row a UTC date, use case, endpoint, tenant and intent with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    coalesce(use_case, 'unknown') as use_case,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    coalesce(tenant_id, 'unknown') as tenant_id,
    coalesce(intent, 'unknown') as intent,
    count(*) as attempts,
    count(*) - count(cost_usd) as unpriced_attempts,
    -- What a gateway answered from its own store has consumed none.
    count(*) filter (
        where (input_tokens is null or output_tokens is null) and cost_source <> 'cache_hit'
    ) as uncounted_attempts,
    cast(coalesce(sum({{ all_tokens() }}), 0) as bigint) as tokens,
    coalesce({{ sum_usd('cost_usd') }}, 0) as known_cost_usd
from attempts
group by all
