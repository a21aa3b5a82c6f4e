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
    known.metric, known.period_start, known.metric_value, known.previous_value, known.change, known.growth, known.four_week_value,
    known.target_value, known.judgement, known.reason, known.units, known.mature_at, known.is_mature,
    now.resolved_tickets, before.resolved_tickets as resolved_tickets_before
from known
left join cost_per_resolved_ticket as now
    on
        now.period_grain = 'week' and known.period_start = now.period_start
        and known.segment_type = now.segment_type and known.segment_value = now.segment_value
left join cost_per_resolved_ticket as before
    on
        before.period_grain = 'week' and known.period_start = before.period_start + 7
        and known.segment_type = before.segment_type and known.segment_value = before.segment_value
where known.newest = 1
order by known.metric

-- query: series
select metric, period_start, metric_value, target_value
from week_on_week
where
    segment_type = $segment_type and segment_value = $segment_value and period_start <= $week and period_start >= $first_week
    and (is_mature or (is_complete and metric in ('spend', 'cost_per_resolved'))) and not data_begin_in_week
order by metric, period_start
