-- query: endpoints
with summed as (
    select
        endpoint_tag,
        max(use_case) as use_case,
        sum(cost_usd) as cost_usd,
        sum(requests) as requests,
        sum(input_tokens) as input_tokens,
        sum(cached_input_tokens) as cached_input_tokens,
        sum(output_tokens) as output_tokens,
        sum(waste_cost_usd) as waste_cost_usd,
        sum(output_cap_breaches) as output_cap_breaches,
        sum(unpriced_attempts) as unpriced_attempts
    from endpoint_economics
    where period_grain = 'week' and period_start = $week
    group by endpoint_tag
),

breaches as (
    select endpoint_tag, sum(attempts) as over_tier_attempts
    from model_tier_breaches
    where period_grain = 'week' and period_start = $week
    group by endpoint_tag
)
select
    summed.endpoint_tag,
    summed.use_case,
    summed.cost_usd,
    summed.cost_usd / nullif(sum(summed.cost_usd) over (), 0) as spend_share,
    summed.requests,
    summed.cost_usd / nullif(summed.requests, 0) as cost_per_request_usd,
    summed.input_tokens / nullif(summed.requests, 0) as input_tokens_per_request,
    summed.cached_input_tokens / nullif(summed.requests, 0) as cached_tokens_per_request,
    summed.output_tokens / nullif(summed.requests, 0) as output_tokens_per_request,
    summed.waste_cost_usd / nullif(summed.cost_usd, 0) as waste_share,
    summed.output_cap_breaches,
    coalesce(breaches.over_tier_attempts, 0) as over_tier_attempts
from summed
left join breaches on summed.endpoint_tag = breaches.endpoint_tag
order by summed.cost_usd desc nulls last, summed.endpoint_tag
limit 10

-- query: others
with summed as (
    select endpoint_tag, sum(cost_usd) as cost_usd, sum(requests) as requests
    from endpoint_economics
    where period_grain = 'week' and period_start = $week
    group by endpoint_tag
),

ranked as (
    select *, row_number() over (order by cost_usd desc nulls last, endpoint_tag) as place
    from summed
)
select count(*) as endpoints, sum(cost_usd) as cost_usd, sum(requests) as requests
from ranked
where place > 10
