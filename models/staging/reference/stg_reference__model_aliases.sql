-- grain: one row a name under which telemetry may report a model
with source as (

    select * from {{ ref('model_aliases') }}

),

renamed as (

    select
        {{ to_word('provider') }} as provider,
        {{ to_word('alias') }} as alias,
        {{ to_word('match_type') }} as match_type,
        {{ to_word('model') }} as model
    from source

)

select * from renamed
