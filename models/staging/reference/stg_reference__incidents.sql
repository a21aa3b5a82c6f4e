-- grain: one row an incident: what somebody took charge of, and what came of it
with source as (

    select * from {{ ref('incidents') }}

),

renamed as (

    select
        {{ to_text('incident_id') }} as incident_id,
        {{ to_word('alert_kinds') }} as alert_kinds,
        {{ to_word('scope_type') }} as scope_type,
        {{ to_text('scope_value') }} as scope_value,
        cast(started_on as date) as started_on,
        {{ to_word('spike_class') }} as spike_class,
        {{ to_text('owner') }} as owner,
        {{ to_text('channel') }} as channel,
        {{ to_text('containment') }} as containment,
        {{ to_text('driver_endpoint_tag') }} as driver_endpoint_tag,
        {{ to_text('driver_tenant_id') }} as driver_tenant_id,
        {{ to_text('driver_prompt_version') }} as driver_prompt_version,
        cast(closed_on as date) as closed_on,
        {{ to_text('guardrail_id') }} as guardrail_id
    from source

)

select * from renamed
