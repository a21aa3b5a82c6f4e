-- What did we spend each month, by use case?
-- grain: one row a month and use case
--
-- Known costs alone; what has no price is counted beside them.
select
    period_start as month_start,
    use_case,
    sum(cost_usd) as cost_usd,
    cast(sum(requests) as bigint) as requests,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
from {{ ref('endpoint_economics') }}
where period_grain = 'month'
group by
    period_start,
    use_case
order by
    month_start asc,
    cost_usd desc nulls last,
    use_case asc
