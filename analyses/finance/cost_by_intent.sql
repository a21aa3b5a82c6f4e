-- Which questions of customers cost most, and what does each resolution of them cost?
-- grain: one row an intent, in the last complete month
select
    period_start,
    segment_value as intent,
    ticket_cost_usd,
    handled_tickets,
    resolved_tickets,
    cost_per_handled_usd,
    cost_per_resolved_usd
from {{ ref('cost_per_resolved_ticket') }}
where
    period_grain = 'month'
    and segment_type = 'intent'
    and period_start = (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'month'
            and periods.is_complete
    )
order by
    ticket_cost_usd desc nulls last,
    intent asc
