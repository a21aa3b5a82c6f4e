-- Which models does the money go to?
-- grain: one row a month, provider and model
select
    period_start as month_start,
    provider,
    model,
    sum(cost_usd) as cost_usd,
    cast(sum(attempts) as bigint) as attempts,
    sum(cost_usd) / nullif(sum(sum(cost_usd)) over (partition by period_start), 0) as month_share
from {{ ref('endpoint_economics') }}
where period_grain = 'month'
group by
    period_start,
    provider,
    model
order by
    month_start asc,
    cost_usd desc nulls last,
    provider asc,
    model asc
