-- grain: one row a UTC date and tenant with reportable spend; traffic without a tenant is the tenant 'unknown'
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    coalesce(tenant_id, 'unknown') as tenant_id,
    count(*) as attempts,
    count(*) - count(cost_usd) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd
from attempts
group by all
