-- grain: one row a row of int_usage_days whose model has a tier and whose work has a highest one
with usage_days as (

    select * from {{ ref('int_usage_days') }}

),

intents as (

    select * from {{ ref('stg_reference__intents') }}

),

endpoints as (

    select * from {{ ref('int_endpoint_limits') }}

),

tiers as (

    select * from {{ ref('int_model_tiers_ranked') }}

),

-- A registered intent decides alone, also where it allows any tier: it is nearer to the work than its endpoint is.
limited as (

    select
        usage_days.*,
        case when intents.intent is null then 'endpoint' else 'intent' end as judged_by,
        {{ risk_of_work() }} as risk_level,
        {{ allowed_model_tier() }} as max_model_tier
    from usage_days
    left join intents on usage_days.intent = intents.intent
    left join endpoints on usage_days.endpoint_tag = endpoints.endpoint_tag

)

select
    limited.*,
    allowed.tier_rank as max_tier_rank,
    used.tier_rank > allowed.tier_rank as is_breach
from limited
inner join tiers as allowed on limited.max_model_tier = allowed.model_tier
inner join tiers as used on limited.model_tier = used.model_tier
