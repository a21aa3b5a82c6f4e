-- What would work above its allowed model tier have cost on a model of that tier?
-- grain: one row a month, endpoint, intent and model above the tier that the work's risk allows
--
-- Assumptions: the same tokens and tries on another model. The replacement is the model of the allowed tier, of the
-- same provider, that has written the most output tokens in this company (name another one in `replacements`). Its
-- price is that of the day, for the service tier of the call where it has one, else standard. List prices stand on both
-- sides, so that a discount is no saving. Attempts without a list price or a replacement are counted, not repriced.
with usage_days as (

    select * from {{ ref('int_usage_days') }}

),

-- What decides is the same on every day, and for every model.
allowed as (

    select distinct
        endpoint_tag,
        intent,
        max_model_tier,
        max_tier_rank
    from {{ ref('int_usage_days_judged') }}

),

tiers as (

    select * from {{ ref('int_model_tiers_ranked') }}

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

),

models_used as (

    select
        provider,
        model_tier,
        model,
        sum(output_tokens) as output_tokens
    from usage_days
    where
        model_tier <> 'unknown'
        and output_tokens > 0
    group by
        provider,
        model_tier,
        model

),

replacements as (

    select
        provider,
        model_tier,
        model as replacement_model
    from models_used
    qualify row_number() over (
        partition by provider, model_tier
        order by output_tokens desc, model asc
    ) = 1

),

breaches as (

    select
        attempts.attempt_key,
        attempts.request_date,
        attempts.endpoint_tag,
        attempts.intent,
        attempts.priced_provider as provider,
        attempts.priced_model as model,
        allowed.max_model_tier,
        coalesce(attempts.service_tier, 'standard') as service_tier,
        attempts.input_tokens,
        attempts.cached_input_tokens,
        attempts.cache_write_tokens,
        attempts.cache_write_1h_tokens,
        attempts.output_tokens,
        attempts.total_tokens,
        attempts.priced_cost_usd
    from {{ ref('fct_attempts') }} as attempts
    inner join allowed
        on
            coalesce(attempts.endpoint_tag, 'unknown') = allowed.endpoint_tag
            and coalesce(attempts.intent, 'unknown') = allowed.intent
    inner join tiers as used on attempts.model_tier = used.model_tier
    where
        attempts.is_reportable
        and used.tier_rank > allowed.max_tier_rank

),

matched as (

    select
        breaches.*,
        replacements.replacement_model,
        prices.price_id,
        prices.input_pico_usd,
        prices.cached_input_pico_usd,
        prices.cache_write_pico_usd,
        prices.cache_write_1h_pico_usd,
        prices.output_pico_usd
    from breaches
    left join replacements
        on
            breaches.provider = replacements.provider
            and breaches.max_model_tier = replacements.model_tier
    left join prices
        on
            replacements.provider = prices.provider
            and replacements.replacement_model = prices.model
            and prices.service_tier in (breaches.service_tier, 'standard')
            and breaches.request_date >= prices.valid_from
            and breaches.request_date < prices.valid_until
            and coalesce(breaches.input_tokens, 0) > prices.over_input_tokens
            and coalesce(breaches.input_tokens, 0) <= prices.up_to_input_tokens
    qualify row_number() over (
        partition by breaches.attempt_key
        order by case when prices.service_tier = breaches.service_tier then 0 else 1 end
    ) = 1

),

repriced as (

    select
        *,
        {{ pico_usd_to_usd(priced_pico_usd()) }} as what_if_cost_usd
    from matched

),

compared as (

    select
        *,
        what_if_cost_usd is not null and priced_cost_usd is not null as is_compared
    from repriced

)

select
    {{ period_start('month', 'request_date') }} as month_start,
    endpoint_tag,
    intent,
    provider,
    model,
    max_model_tier,
    replacement_model,
    count(*) as attempts,
    count(*) filter (where is_compared) as repriced_attempts,
    {{ sum_usd('case when is_compared then priced_cost_usd end') }} as list_cost_usd,
    {{ sum_usd('case when is_compared then what_if_cost_usd end') }} as what_if_cost_usd,
    {{ sum_usd('case when is_compared then priced_cost_usd - what_if_cost_usd end') }} as saving_usd
from compared
group by
    {{ period_start('month', 'request_date') }},
    endpoint_tag,
    intent,
    provider,
    model,
    max_model_tier,
    replacement_model
order by
    month_start asc,
    saving_usd desc nulls last,
    endpoint_tag asc,
    intent asc,
    provider asc,
    model asc
