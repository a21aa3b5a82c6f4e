-- grain: one row a use case: what the company uses models for
with source as (

    select * from {{ ref('use_cases') }}

),

renamed as (

    select
        {{ to_word('use_case') }} as use_case,
        {{ to_text('description') }} as description,
        {{ to_text('owner') }} as owner,
        {{ to_text('escalation_path') }} as escalation_path,
        {{ to_word('risk_profile') }} as risk_profile,
        {{ to_boolean('is_internal_tooling') }} as is_internal_tooling
    from source

)

select * from renamed
