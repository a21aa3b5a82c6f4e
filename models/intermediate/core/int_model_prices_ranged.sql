-- grain: one row a price of the price book, with the dates and the input sizes that it holds for
with prices as (

    select * from {{ ref('stg_reference__model_prices') }}

),

versions as (

    select
        provider,
        model,
        service_tier,
        effective_from,
        lead(effective_from) over (
            partition by provider, model, service_tier
            order by effective_from
        ) as effective_until
    from prices
    group by provider, model, service_tier, effective_from

)

select
    prices.price_id,
    prices.provider,
    prices.model,
    prices.service_tier,
    prices.effective_from as valid_from,
    coalesce(versions.effective_until, date '9999-12-31') as valid_until,
    -- Size tiers begin strictly over their threshold; the base tier holds from nothing on.
    case when prices.over_input_tokens = 0 then -1 else prices.over_input_tokens end as over_input_tokens,
    coalesce(
        lead(prices.over_input_tokens) over (
            partition by prices.provider, prices.model, prices.service_tier, prices.effective_from
            order by prices.over_input_tokens
        ),
        9223372036854775807
    ) as up_to_input_tokens,
    -- Micro-dollars a million tokens are pico-dollars a token: whole numbers, so that costs are exact.
    cast(prices.input_usd_per_million * 1000000 as bigint) as input_pico_usd,
    cast(coalesce(prices.cached_input_usd_per_million, prices.input_usd_per_million) * 1000000 as bigint)
        as cached_input_pico_usd,
    cast(coalesce(prices.cache_write_usd_per_million, prices.input_usd_per_million) * 1000000 as bigint)
        as cache_write_pico_usd,
    cast(
        coalesce(
            prices.cache_write_1h_usd_per_million, prices.cache_write_usd_per_million, prices.input_usd_per_million
        ) * 1000000 as bigint
    ) as cache_write_1h_pico_usd,
    cast(prices.output_usd_per_million * 1000000 as bigint) as output_pico_usd
from prices
inner join versions
    on
        prices.provider = versions.provider
        and prices.model = versions.model
        and prices.service_tier = versions.service_tier
        and prices.effective_from = versions.effective_from
