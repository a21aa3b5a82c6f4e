-- grain: one row a UTC hour and endpoint with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

with hours as (

    select * from {{ ref('int_endpoint_hours') }}
    where {{ in_run('request_date', 'dates') }}

),

endpoints as (

    select
        request_date,
        hour_start,
        endpoint_tag,
        {{ whole_sum('requests') }} as requests,
        {{ whole_sum('ended_requests') }} as ended_requests,
        {{ whole_sum('successful_requests') }} as successful_requests,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('retries') }} as retries,
        {{ whole_sum('fallbacks') }} as fallbacks,
        {{ whole_sum('failed_attempts') }} as failed_attempts,
        {{ whole_sum('input_tokens') }} as input_tokens,
        {{ whole_sum('output_tokens') }} as output_tokens,
        {{ whole_sum('unpriced_attempts') }} as unpriced_attempts,
        {{ whole_sum('unknown_user_requests') }} as unknown_user_requests,
        {{ whole_sum('unknown_user_tokens') }} as unknown_user_tokens,
        {{ sum_usd('cost_usd') }} as cost_usd
    from hours
    group by all

)

select
    *,
    {{ ratio('attempts', 'requests') }} as attempts_per_request,
    {{ ratio('successful_requests', 'ended_requests') }} as success_ratio,
    {{ ratio('failed_attempts', 'attempts') }} as error_ratio
from endpoints
