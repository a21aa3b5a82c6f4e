-- query: week
select period_start, period_end, as_of, is_complete, outcome_definition
from week_on_week
where segment_type = $segment_type and segment_value = $segment_value and metric = 'spend' and period_start = $week

-- query: metrics
select metric, metric_value, previous_value, change, growth, judgement, reason, units, mature_at, is_mature
from week_on_week
where segment_type = $segment_type and segment_value = $segment_value and period_start = $week
order by metric

-- query: attribution
select
    unattributed_cost_usd / nullif(coalesce(ticket_cost_usd, 0) + unattributed_cost_usd, 0) as unattributed_share,
    resolved_tickets, handled_tickets, cost_per_resolved_fully_loaded_usd
from cost_per_resolved_ticket
where period_grain = 'week' and period_start = $week and segment_type = $segment_type and segment_value = $segment_value

-- query: pricing
select sum(unpriced_attempts) / nullif(sum(attempts), 0) as unpriced_share, sum(attempts) as attempts
from tenant_share
where period_grain = 'week' and period_start = $week and ($tenant is null or tenant_id = $tenant)

-- query: maturity
select count(*) filter (where is_mature) / nullif(count(*), 0) as mature_share, count(*) as cases
from fct_tickets
where is_handled and opened_at >= $week and opened_at < $week_end and ($tenant is null or tenant_id = $tenant)
