-- grain: one row a risk of a wrong answer
with source as (

    select * from {{ ref('risk_levels') }}

),

renamed as (

    select
        {{ to_word('risk_level') }} as risk_level,
        {{ to_word('max_model_tier') }} as max_model_tier
    from source

)

select * from renamed
