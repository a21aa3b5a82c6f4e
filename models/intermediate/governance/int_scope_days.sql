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
    {{ scope_columns() }},
    {{ scope_sums() }}
from attempts
group by all
