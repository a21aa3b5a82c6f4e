-- grain: one row a UTC date, endpoint and user with reportable attempts; users of no known tenant are one row
{{ config(materialized='incremental', unique_key='request_date') }}

select
    request_date,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    -- Who sends a new id with every call is still one sender: unknown users are not told apart from each other.
    case
        when tenant_id is null then '{{ unknown_users() }}'
        -- Without a key nothing tells users under raw identifiers apart but their tenant.
        when user_id in ({{ quoted_words(raw_kinds()) }}) then concat(user_id, ':', tenant_id)
        else {{ labelled('user_id', calls_without_user(), [unknown_users()]) }}
    end as user_id,
    count(*) as attempts,
    coalesce({{ sum_usd('cost_usd') }}, 0) as known_cost_usd
from {{ ref('fct_attempts') }}
where
    is_reportable
    and {{ in_run('request_date', 'dates') }}
group by all
