-- grain: one row a registered release of a prompt version on an endpoint
with source as (

    select * from {{ ref('prompt_releases') }}

),

renamed as (

    select
        {{ to_word('endpoint_tag') }} as endpoint_tag,
        {{ to_text('prompt_version') }} as prompt_version,
        cast(released_at as timestamp) as released_at,
        {{ to_text('baseline_version') }} as baseline_version,
        {{ to_text('owner') }} as owner,
        {{ to_text('note') }} as note
    from source

)

select * from renamed
