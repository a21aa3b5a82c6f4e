-- grain: one row a price of a provider's model, by service tier, size tier and effective date
with source as (

    select * from {{ ref('model_prices') }}

),

renamed as (

    select
        -- Text, because the facts repeat the few ids of prices, and repeated text takes next to no space.
        cast({{ hash_key(joined_text(
            [to_word('provider'), to_word('model'), to_word('service_tier'), 'over_input_tokens', 'effective_from']
        )) }} as {{ type_text() }}) as price_id,
        {{ to_word('provider') }} as provider,
        {{ to_word('model') }} as model,
        {{ to_word('service_tier') }} as service_tier,
        cast(over_input_tokens as bigint) as over_input_tokens,
        cast(effective_from as date) as effective_from,
        cast(input_usd_per_million as decimal(18, 6)) as input_usd_per_million,
        cast(cached_input_usd_per_million as decimal(18, 6)) as cached_input_usd_per_million,
        cast(cache_write_usd_per_million as decimal(18, 6)) as cache_write_usd_per_million,
        cast(output_usd_per_million as decimal(18, 6)) as output_usd_per_million,
        cast(cache_write_1h_usd_per_million as decimal(18, 6)) as cache_write_1h_usd_per_million,
        left_out,
        price_source,
        price_version
    from source

)

select * from renamed
