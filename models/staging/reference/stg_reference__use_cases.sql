-- grain: one row a use case: what the company uses models for
with source as (

    select * from {{ ref('use_cases') }}

),

renamed as (

    select
        {{ to_word('use_case') }} as use_case,
        {{ to_text('description') }} as description,
        {{ to_text('owner') }} as owner
    from source

)

select * from renamed
