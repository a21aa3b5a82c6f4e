-- grain: one row a month, endpoint, remedy and workflow with calls that the remedy reaches; calls without one are a row
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

select
    {{ period_start('month', 'request_date') }} as period_start,
    endpoint_tag,
    remedy,
    workflow_id,
    count(*) as calls,
    -- Each request once a month, where its first call is that the remedy reaches.
    count(*) filter (where is_first_of_request) as requests,
    count(*) - count(saving_usd) as unpriced_calls,
    count(*) filter (where is_answer) as answers,
    {{ sum_usd('saving_usd') }} as saving_usd,
    {{ sum_usd('saving_in_order_usd') }} as saving_in_order_usd
from {{ ref('int_remedied_calls') }}
group by all
