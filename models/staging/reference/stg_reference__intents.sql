-- grain: one row an intent of support cases
with source as (

    select * from {{ ref('intents') }}

),

renamed as (

    select
        {{ to_word('intent') }} as intent,
        {{ to_word('risk_level') }} as risk_level,
        {{ to_word('max_model_tier') }} as max_model_tier,
        cast(baseline_escalation_rate as decimal(9, 6)) as baseline_escalation_rate,
        cast(human_handle_minutes as decimal(18, 6)) as human_handle_minutes
    from source

)

select * from renamed
