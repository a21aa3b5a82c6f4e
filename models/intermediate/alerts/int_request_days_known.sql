-- grain: one row a UTC date, date on which requests of it became known, use case, endpoint and prompt version
{{ config(materialized='incremental', unique_key='request_date') }}

-- A request is of a group while a call of it is counted there: what is corrected out of it leaves it again.
with changes as (

    select
        request_date,
        coalesce(use_case, 'unknown') as use_case,
        coalesce(endpoint_tag, 'unknown') as endpoint_tag,
        coalesce(prompt_version, 'unknown') as prompt_version,
        request_id,
        tenant_id is null as is_of_unknown_user,
        known_on,
        sum(sign) as calls
    from {{ ref('int_attempt_changes') }}
    where
        is_reportable
        and {{ in_run('request_date', 'dates') }}
    group by all

),

followed as (

    select
        *,
        sum(calls) over (
            partition by request_date, use_case, endpoint_tag, prompt_version, request_id, is_of_unknown_user
            order by known_on
        ) as calls_then
    from changes

),

requests as (

    select
        *,
        case when calls_then > 0 then 1 else 0 end - case when calls_then - calls > 0 then 1 else 0 end as sign
    from followed

)

select
    request_date,
    known_on,
    use_case,
    endpoint_tag,
    prompt_version,
    {{ whole_sum('sign') }} as requests,
    {{ whole_sum('case when is_of_unknown_user then sign else 0 end') }} as unknown_user_requests
from requests
where sign <> 0
group by all
