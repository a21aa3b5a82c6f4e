-- grain: one row a provider, model and service tier as telemetry names them, by date range and input size
{{ config(materialized='table') }}

with seen as (

    select * from {{ ref('int_models_seen') }}

),

matched as (

    select * from {{ ref('int_models_matched') }}

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

),

tier_starts as (

    select
        provider,
        model,
        service_tier,
        min(valid_from) as tier_from
    from prices
    group by provider, model, service_tier

)

select
    seen.provider,
    seen.model,
    seen.service_tier,
    prices.provider as priced_provider,
    prices.model as priced_model,
    prices.price_id,
    prices.valid_from,
    -- The standard price stands in for another tier until that tier has a price of its own.
    case
        when prices.service_tier = seen.service_tier then prices.valid_until
        else least(prices.valid_until, coalesce(tier_starts.tier_from, date '9999-12-31'))
    end as valid_until,
    prices.over_input_tokens,
    prices.up_to_input_tokens,
    prices.input_pico_usd,
    prices.cached_input_pico_usd,
    prices.cache_write_pico_usd,
    prices.cache_write_1h_pico_usd,
    prices.output_pico_usd
from seen
inner join matched
    on
        seen.provider = matched.provider
        and seen.model = matched.model
inner join prices
    on
        matched.priced_provider = prices.provider
        and matched.priced_model = prices.model
        and (seen.service_tier = prices.service_tier or prices.service_tier = 'standard')
left join tier_starts
    on
        matched.priced_provider = tier_starts.provider
        and matched.priced_model = tier_starts.model
        and seen.service_tier = tier_starts.service_tier
where
    prices.service_tier = seen.service_tier
    or prices.valid_from < coalesce(tier_starts.tier_from, date '9999-12-31')
