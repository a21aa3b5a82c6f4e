-- query: week
-- A week without calls has no row: it is over where the data begin before it and reach its end.
with known as (
    select
        max(as_of) as as_of,
        max(outcome_definition) as outcome_definition,
        max(is_complete) filter (where period_start = $week) as is_complete,
        min(period_start) filter (where is_complete) as first_week,
        bool_or(data_begin_in_week) filter (where period_start = $week) as data_begin_in_week
    from week_on_week
    where metric = 'spend' and (segment_type = 'all' or segment_value = $segment_value)
)
select
    as_of, outcome_definition,
    coalesce(is_complete, first_week < $week and $week_end <= as_of, false) as is_complete,
    case
        when data_begin_in_week then (select min(period_start) from tenant_share where period_grain = 'day')
    end as first_call
from known
where as_of is not null

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

-- query: before
select resolved_tickets
from cost_per_resolved_ticket
where
    period_grain = 'week' and period_start = $previous_week and segment_type = $segment_type and segment_value = $segment_value

-- query: pricing
select sum(unpriced_attempts) / nullif(sum(attempts), 0) as unpriced_share, sum(attempts) as attempts
from tenant_share
where period_grain = 'week' and period_start = $week and ($tenant is null or tenant_id = $tenant)

-- query: maturity
select
    count(*) filter (where is_mature) / nullif(count(*), 0) as mature_share,
    count(*) as cases,
    count(*) filter (where is_escalated) as escalated
from fct_tickets
where is_handled and opened_at >= $week and opened_at < $week_end and ($tenant is null or tenant_id = $tenant)
