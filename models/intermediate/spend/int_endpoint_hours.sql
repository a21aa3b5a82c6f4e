-- grain: one row a UTC hour, endpoint and provider with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    {{ hour_start('occurred_at') }} as hour_start,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    coalesce(provider, 'unknown') as provider,
    count(*) filter (where attempt_index = 1) as requests,
    count(*) filter (where is_final) as ended_requests,
    count(*) filter (where is_final and status = 'success') as successful_requests,
    count(*) as attempts,
    count(*) filter (where is_retry) as retries,
    count(*) filter (where is_fallback) as fallbacks,
    count(*) filter (where status = 'error') as failed_attempts,
    {{ whole_sum('input_tokens') }} as input_tokens,
    {{ whole_sum('output_tokens') }} as output_tokens,
    {{ sum_usd('cost_usd') }} as cost_usd,
    count(*) - count(cost_usd) as unpriced_attempts,
    -- A user who is mapped to no tenant, or none at all: whom nobody has vouched for.
    count(*) filter (where tenant_id is null and attempt_index = 1) as unknown_user_requests,
    coalesce({{ whole_sum('case when tenant_id is null then ' ~ all_tokens() ~ ' end') }}, 0) as unknown_user_tokens
from attempts
group by all
