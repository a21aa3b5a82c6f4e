-- grain: one row a UTC hour and endpoint with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

with hours as (

    select * from {{ ref('int_endpoint_hours') }}
    where {{ on_affected_dates('request_date') }}

),

endpoints as (

    select
        request_date,
        hour_start,
        endpoint_tag,
        {%- for count in [
            'requests', 'ended_requests', 'successful_requests', 'attempts', 'retries', 'fallbacks', 'failed_attempts',
            'input_tokens', 'output_tokens', 'unpriced_attempts', 'unknown_user_requests', 'unknown_user_tokens'
        ] %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd
    from hours
    group by
        request_date,
        hour_start,
        endpoint_tag

)

select
    request_date,
    hour_start,
    endpoint_tag,
    requests,
    ended_requests,
    successful_requests,
    attempts,
    retries,
    fallbacks,
    failed_attempts,
    input_tokens,
    output_tokens,
    unknown_user_requests,
    unknown_user_tokens,
    cost_usd,
    unpriced_attempts,
    {{ ratio('attempts', 'requests') }} as attempts_per_request,
    {{ ratio('successful_requests', 'ended_requests') }} as success_ratio,
    {{ ratio('failed_attempts', 'attempts') }} as error_ratio
from endpoints
