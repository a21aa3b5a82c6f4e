-- What became of the tickets that we spent on?
-- grain: one row a month and category
--
-- The categories of a month add up to all of its support spend.
select
    period_start as month_start,
    category,
    cost_usd,
    cost_usd / nullif(sum(cost_usd) over (partition by period_start), 0) as month_share,
    attempts,
    unpriced_attempts
from {{ ref('spend_bridge') }}
where period_grain = 'month'
order by
    month_start asc,
    cost_usd desc nulls last,
    category asc
