-- grain: one row a UTC date, tenant, queue and intent with reportable support spend that names no workflow
{{ config(materialized='incremental', unique_key='request_date') }}
with attempts as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is null
        and use_case = 'support'
        and {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    coalesce(tenant_id, 'unknown') as tenant,
    coalesce(queue, 'unknown') as queue,
    coalesce(intent, 'unknown') as intent,
    count(*) as attempts,
    count(*) - count(cost_usd) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd
from attempts
group by all
