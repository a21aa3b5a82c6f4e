-- grain: one row a UTC date of attempts, with the date on which the first of them became known
{{ config(materialized='incremental', unique_key='request_date') }}

select
    request_date,
    min(known_on) as known_on
from {{ ref('int_attempt_changes') }}
where
    sign = 1
    and {{ in_run('request_date', 'dates') }}
group by request_date
