-- grain: one row a UTC date, later date on which some of it became known, use case, endpoint, tenant and intent
{{ config(materialized='incremental', unique_key='request_date') }}

with changes as (

    select * from {{ ref('int_attempt_changes') }}
    where
        is_reportable
        and known_on > request_date
        and {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    known_on,
    {{ scope_columns() }},
    {{ scope_sums('sign') }}
from changes
group by all
