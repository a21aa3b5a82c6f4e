-- grain: one row a UTC date, date on which requests of it became known, use case, endpoint and prompt version
{{ config(materialized='incremental', unique_key='request_date') }}

-- A request is known from its first call on, whichever of its calls that is: their order may become another later.
with requests as (

    select
        request_date,
        coalesce(use_case, 'unknown') as use_case,
        coalesce(endpoint_tag, 'unknown') as endpoint_tag,
        coalesce(prompt_version, 'unknown') as prompt_version,
        request_id,
        tenant_id is null as is_of_unknown_user,
        min(known_on) as known_on
    from {{ ref('int_attempt_changes') }}
    where
        is_reportable
        and sign = 1
        and {{ in_run('request_date', 'dates') }}
    group by all

)

select
    request_date,
    known_on,
    use_case,
    endpoint_tag,
    prompt_version,
    count(*) as requests,
    count(*) filter (where is_of_unknown_user) as unknown_user_requests
from requests
group by all
