-- query: weeks
select period_start, metric_value, previous_value, chance_low, chance_high, judgement, target_value, is_mature, is_complete,
    value_at_most
from week_on_week
where
    segment_type = $segment_type and segment_value = $segment_value and metric = 'cost_per_resolved'
    and period_start <= $week and period_start >= $first_week and is_complete and not data_begin_in_week
order by period_start

-- query: releases
select releases.released_at, releases.prompt_version, releases.endpoint_tag
from dim_prompt_releases as releases
inner join dim_endpoints as endpoints on releases.endpoint_tag = endpoints.endpoint_tag
where
    $tenant is null and releases.first_seen_at is not null
    and endpoints.use_case = 'support' and releases.baseline_version is not null
    and releases.released_at >= $first_week and releases.released_at < $week_end
order by releases.released_at, releases.prompt_version

-- query: prices
-- Of models that support used in these weeks, at the standard tier.
with used as (
    select distinct provider, model
    from endpoint_economics
    where period_grain = 'week' and period_start >= $first_week and period_start <= $week and use_case = 'support'
)
select prices.effective_from, prices.provider, prices.model
from dim_model_prices as prices
inner join used on prices.provider = used.provider and prices.model = used.model
where
    $tenant is null and prices.service_tier = 'standard' and prices.over_input_tokens = 0
    and prices.effective_from >= $first_week and prices.effective_from < $week_end
order by prices.effective_from, prices.model

-- query: classes
select segment_value as automation_class, period_start, cost_per_handled_usd, handled_tickets, ticket_cost_usd
from cost_per_resolved_ticket
where
    $tenant is null and period_grain = 'week' and segment_type = 'automation_class' and segment_value <> 'unknown'
    and period_start <= $week and period_start >= $first_week
order by segment_value, period_start
