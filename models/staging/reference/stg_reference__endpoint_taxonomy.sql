-- grain: one row a tag that teams send, with the canonical tag it means
with source as (

    select * from {{ ref('endpoint_taxonomy') }}

),

renamed as (

    select
        {{ to_word('tag') }} as tag,
        {{ to_word('canonical_tag') }} as canonical_tag,
        {{ to_word('use_case') }} as use_case,
        {{ to_word('stage') }} as stage,
        {{ to_text('owner') }} as owner,
        {{ to_text('escalation_path') }} as escalation_path,
        {{ to_word('risk_level') }} as risk_level,
        {{ to_boolean('is_public') }} as is_public,
        cast(output_token_cap as bigint) as output_token_cap,
        cast(stage_cost_cap_usd as decimal(18, 6)) as stage_cost_cap_usd
    from source

)

select * from renamed
