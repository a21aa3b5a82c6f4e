-- query: effects
with changed as (
    select * from spend_change where period_grain = 'week' and period_start = $week and segment_type = 'all'
),

effects as (
    unpivot changed
    on
        volume_effect_usd as volume, requests_per_case_effect_usd as requests_per_case,
        attempts_per_request_effect_usd as attempts_per_request, model_mix_effect_usd as model_mix,
        tokens_effect_usd as tokens, price_effect_usd as price, unknown_cost_effect_usd as unknown_cost
    into name effect value effect_usd
)
select effect, effect_usd, baseline_cost_usd, cost_usd, change_usd
from effects
where effect_usd is not null
order by abs(effect_usd) desc, effect

-- query: drivers
with endpoints as (
    select *, row_number() over (order by abs(change_usd) desc, segment_value) as place
    from spend_change
    where period_grain = 'week' and period_start = $week and segment_type = 'endpoint'
),

led as (
    select
        segment_value,
        max(case when dimension = 'tenant_id' then driver end) as tenant_id,
        max(case when dimension = 'tenant_id' then change_usd end) as tenant_change_usd,
        max(case when dimension = 'prompt_version' then driver end) as prompt_version
    from spend_change_drivers
    where period_grain = 'week' and period_start = $week and segment_type = 'endpoint' and driver_rank = 1
    group by segment_value
)
select
    endpoints.segment_value as endpoint_tag,
    coalesce(tenants.tenant_name, case led.tenant_id when 'unknown' then 'unknown users' else led.tenant_id end) as tenant,
    led.tenant_change_usd, led.prompt_version, endpoints.baseline_cost_usd, endpoints.cost_usd, endpoints.change_usd, endpoints.growth
from endpoints
left join led on endpoints.segment_value = led.segment_value
left join dim_tenants as tenants on led.tenant_id = tenants.tenant_id
where endpoints.place <= 3
order by endpoints.place

-- query: endpoint_changes
select
    changes.segment_value as endpoint_tag, endpoints.use_case, changes.change_usd, changes.growth, endpoints.owner, endpoints.escalation_path
from spend_change as changes
left join dim_endpoints as endpoints on changes.segment_value = endpoints.endpoint_tag
where changes.period_grain = 'week' and changes.period_start = $week and changes.segment_type = 'endpoint'
order by abs(changes.change_usd) desc, changes.segment_value
