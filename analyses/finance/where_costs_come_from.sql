-- How much of the spend did a provider report, and how much did we price or estimate ourselves?
-- grain: one row a month, source of the cost and source of the token counts
select
    cast(date_trunc('month', request_date) as date) as month_start,
    cost_source,
    coalesce(usage_source, 'unknown') as usage_source,
    count(*) as attempts,
    sum(cost_usd) as cost_usd
from {{ ref('fct_attempts') }}
where is_reportable
group by
    cast(date_trunc('month', request_date) as date),
    cost_source,
    coalesce(usage_source, 'unknown')
order by
    month_start asc,
    cost_usd desc nulls last,
    cost_source asc,
    usage_source asc
