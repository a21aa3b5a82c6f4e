-- grain: one row a currency and date from which a rate holds
with source as (

    select * from {{ ref('exchange_rates') }}

),

renamed as (

    select
        {{ to_word('currency') }} as currency,
        cast(valid_from as date) as valid_from,
        cast(usd_per_unit as decimal(18, 10)) as usd_per_unit
    from source

)

select * from renamed
