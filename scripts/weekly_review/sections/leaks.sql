-- query: leaks
-- Four weeks that end with this one; a month has 30.4 days. What is over the caps on tool calls is asked of the mart: two pages have no
-- room for it.
select
    leak, meaning,
    sum(cost_usd) filter (where period_start = $week) as week_usd,
    sum(cost_usd) * 30.4 / 28 as month_usd
from spend_leaks
where
    leak not in ('tool_output_over_cap', 'tool_calls_over_cap')
    and period_grain = 'week' and period_start <= $week and period_start > $week - interval 28 day
group by leak, meaning
order by meaning desc, sum(cost_usd) desc, leak
