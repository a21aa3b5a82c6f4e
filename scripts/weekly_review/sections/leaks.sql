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

-- query: remedies
-- The last month that was over when the week was. A remedy is as safe as where it is least: a risk before what nobody can tell.
select
    remedy, application_order, min(period_start) as month_start,
    sum(saving_usd) as alone_usd, sum(saving_in_order_usd) as in_order_usd,
    sum(saving_in_order_usd) filter (where guard_verdict = 'safe') as safe_usd,
    sum(unpriced_calls) as unpriced_calls, sum(cases_affected) as cases_affected,
    sum(answers_lost) as answers_lost, sum(resolved_cases_losing_answers) as resolved_cases_losing_answers,
    case
        when count(*) filter (where guard_verdict = 'at_risk') > 0 then 'at_risk'
        when count(*) filter (where guard_verdict = 'cannot_tell') > 0 then 'cannot_tell'
        else 'safe'
    end as verdict,
    first(guard_reason order by
        case guard_verdict when 'at_risk' then 1 when 'cannot_tell' then 2 else 3 end,
        saving_in_order_usd desc nulls last, endpoint_tag
    ) as guard_reason
from remedies
where calls_affected > 0
    and period_start = cast(date_trunc('month', $week + 7) - interval 1 month as date)
group by remedy, application_order
order by in_order_usd desc nulls last, application_order

-- query: together
select
    min(period_start) as month_start, sum(saving_in_order_usd) as in_order_usd,
    sum(saving_in_order_usd) filter (where guard_verdict = 'safe') as safe_usd,
    sum(saving_in_order_usd) filter (where guard_verdict = 'at_risk') as at_risk_usd,
    sum(unpriced_calls) as unpriced_calls
from remedies
where calls_affected > 0
    and period_start = cast(date_trunc('month', $week + 7) - interval 1 month as date)
