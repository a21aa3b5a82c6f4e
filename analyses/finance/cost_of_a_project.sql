-- What does support cost each project, a ticket and a resolution?
-- grain: one row a month and project
select
    period_start as month_start,
    segment_value as project,
    is_complete,
    ticket_cost_usd,
    handled_tickets,
    resolved_tickets,
    cost_per_handled_usd,
    cost_per_resolved_usd,
    unpriced_attempts
from {{ ref('support_scorecard') }}
where
    period_grain = 'month'
    and segment_type = 'project'
order by
    month_start asc,
    ticket_cost_usd desc nulls last,
    project asc
