-- Does what the bot resolves stay resolved?
-- grain: one row a mature month and project
select
    period_start as month_start,
    segment_value as project,
    auto_resolutions,
    auto_reopen_rate,
    unknown_auto_reopenings,
    auto_return_rate,
    rated_contained_tickets,
    contained_csat_average,
    csat_average
from {{ ref('support_scorecard') }}
where
    period_grain = 'month'
    and segment_type = 'project'
    and cohort_is_mature
order by
    month_start asc,
    auto_resolutions desc,
    project asc
