-- What does a deflected ticket cost, and how many minutes of people did it save?
-- grain: one row a month
--
-- The minutes are those of seeds/reference/intents.csv: an assumption of yours, to be checked there.
select
    period_start as month_start,
    ticket_cost_usd,
    deflected_tickets,
    unknown_deflections,
    cost_per_deflection_usd,
    escalations_avoided_status,
    cost_per_escalation_avoided_usd,
    minutes_saved,
    unknown_minutes_tickets
from {{ ref('cost_per_deflection') }}
where
    period_grain = 'month'
    and segment_type = 'all'
order by month_start asc
