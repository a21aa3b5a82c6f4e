-- What does a resolved ticket cost, by each of the three views?
-- grain: one row a month
--
-- Never mix the views: spend of the month, what its resolutions took, and the tickets that were opened in it.
select
    period_start as month_start,
    outcome_definition,
    ticket_cost_usd,
    resolved_tickets,
    cost_per_resolved_usd,
    cost_per_resolved_fully_loaded_usd,
    cost_to_resolve_per_resolved_usd,
    cohort_cost_per_resolved_usd,
    unpriced_attempts
from {{ ref('cost_per_resolved_ticket') }}
where
    period_grain = 'month'
    and segment_type = 'all'
order by month_start asc
