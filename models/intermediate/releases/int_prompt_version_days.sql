-- grain: one row a UTC date, endpoint and prompt version with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

select
    request_date,
    endpoint_tag,
    prompt_version,
    min(occurred_at) as first_seen_at
from {{ ref('fct_attempts') }}
where
    is_reportable
    and endpoint_tag is not null
    and prompt_version is not null
    and {{ in_run('request_date', 'dates') }}
group by
    request_date,
    endpoint_tag,
    prompt_version
