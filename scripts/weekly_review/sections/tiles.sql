-- query: latest
-- Outcomes still move until their week is mature, so they show the last week that is.
with known as (
    select
        *,
        row_number() over (partition by metric order by period_start desc) as newest
    from week_on_week
    where
        segment_type = $segment_type and segment_value = $segment_value and period_start <= $week
        and (is_mature or (is_complete and metric in ('spend', 'cost_per_resolved')))
)
select
    metric, period_start, metric_value, previous_value, change, growth, four_week_value, target_value, judgement, reason, units,
    mature_at, is_mature
from known
where newest = 1
order by metric

-- query: series
select metric, period_start, metric_value, target_value
from week_on_week
where
    segment_type = $segment_type and segment_value = $segment_value and period_start <= $week and period_start >= $first_week
    and (is_mature or (is_complete and metric in ('spend', 'cost_per_resolved')))
order by metric, period_start
