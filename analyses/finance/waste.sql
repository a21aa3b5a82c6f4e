-- What did calls cost that gave no result?
-- grain: one row a month and endpoint with waste
--
-- Waste is every try but the successful last one of its request.
select
    period_start as month_start,
    endpoint_tag,
    sum(waste_cost_usd) as waste_cost_usd,
    sum(cost_usd) as cost_usd,
    sum(waste_cost_usd) / nullif(sum(cost_usd), 0) as waste_share,
    cast(sum(retries) as bigint) as retries
from {{ ref('endpoint_economics') }}
where period_grain = 'month'
group by
    period_start,
    endpoint_tag
having sum(waste_cost_usd) > 0
order by
    month_start asc,
    waste_cost_usd desc,
    endpoint_tag asc
