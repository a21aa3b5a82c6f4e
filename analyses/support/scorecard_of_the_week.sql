-- How did each project do last week?
-- grain: one row a project, and one for all, in the last complete week
--
-- A cohort that is not mature still changes: what comes back later is not in it yet.
select
    period_start,
    segment_value as project,
    cohort_is_mature,
    cohort_tickets,
    cost_per_handled_usd,
    cost_per_resolved_usd,
    containment_rate,
    escalation_rate,
    auto_reopen_rate,
    csat_average,
    first_human_reply_minutes_p50,
    resolution_minutes_p50,
    resolution_minutes_p90
from {{ ref('support_scorecard') }}
where
    period_grain = 'week'
    and period_start = (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'week'
            and periods.is_complete
    )
order by
    segment_type asc,
    cohort_tickets desc,
    project asc
