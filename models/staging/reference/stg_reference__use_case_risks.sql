-- grain: one row a risk of a use case
with source as (

    select * from {{ ref('use_case_risks') }}

),

renamed as (

    select
        {{ to_word('use_case') }} as use_case,
        {{ to_text('risk') }} as risk,
        {{ to_text('control') }} as control,
        {{ to_word('mart') }} as mart,
        {{ to_word('metric') }} as metric
    from source

)

select * from renamed
