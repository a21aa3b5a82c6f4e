-- grain: one row a word under which telemetry may name a provider of the price book
with source as (

    select * from {{ ref('provider_aliases') }}

),

renamed as (

    select
        {{ to_word('alias') }} as alias,
        {{ to_word('provider') }} as provider
    from source

)

select * from renamed
