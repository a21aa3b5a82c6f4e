-- grain: one row a model of the price book with its tier
with source as (

    select * from {{ ref('model_tiers') }}

),

renamed as (

    select
        {{ to_word('provider') }} as provider,
        {{ to_word('model') }} as model,
        {{ to_word('model_tier') }} as model_tier,
        cast(tier_rank as int) as tier_rank
    from source

)

select * from renamed
