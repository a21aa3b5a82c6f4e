-- grain: one row a period grain, period, endpoint, intent and model whose tier is above what the intent's risk allows
with usage_days as (

    select * from {{ ref('int_usage_days') }}

),

intents as (

    select * from {{ ref('stg_reference__intents') }}

),

tiers as (

    select * from {{ ref('int_model_tiers_ranked') }}

),

allowed as (

    select
        intents.intent,
        intents.risk_level,
        intents.max_model_tier,
        tiers.tier_rank as max_tier_rank
    from intents
    inner join tiers on intents.max_model_tier = tiers.model_tier

),

-- Attempts whose intent has an allowed tier and whose model has a tier: only those can be judged.
judged as (

    select
        usage_days.request_date,
        usage_days.endpoint_tag,
        usage_days.intent,
        allowed.risk_level,
        allowed.max_model_tier,
        usage_days.provider,
        usage_days.model,
        usage_days.model_tier,
        tiers.tier_rank > allowed.max_tier_rank as is_breach,
        usage_days.attempts,
        usage_days.unpriced_attempts,
        usage_days.cost_usd
    from usage_days
    inner join allowed on usage_days.intent = allowed.intent
    inner join tiers on usage_days.model_tier = tiers.model_tier

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        endpoint_tag,
        intent,
        risk_level,
        max_model_tier,
        provider,
        model,
        model_tier,
        is_breach,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('unpriced_attempts') }} as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from judged
    group by
        {{ period_start(period_grain, 'request_date') }},
        endpoint_tag,
        intent,
        risk_level,
        max_model_tier,
        provider,
        model,
        model_tier,
        is_breach
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

totaled as (

    select
        *,
        cast(sum(attempts) over whole as bigint) as judged_attempts,
        cast(sum(cost_usd) over whole as {{ type_usd_sum() }}) as judged_cost_usd
    from periods
    window whole as (partition by period_grain, period_start, endpoint_tag, intent)

)

select
    period_grain,
    period_start,
    endpoint_tag,
    intent,
    risk_level,
    max_model_tier,
    provider,
    model,
    model_tier,
    attempts,
    unpriced_attempts,
    cost_usd,
    judged_attempts,
    judged_cost_usd,
    {{ ratio('attempts', 'judged_attempts') }} as attempt_share,
    {{ ratio('cost_usd', 'judged_cost_usd') }} as cost_share
from totaled
where is_breach
