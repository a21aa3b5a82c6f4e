-- grain: one row a workflow and UTC date with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is not null
        and {{ on_affected_dates('request_date') }}

)

select
    workflow_id,
    request_date,
    count(*) as attempts,
    count(*) - count(cost_usd) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd
from attempts
group by
    workflow_id,
    request_date
