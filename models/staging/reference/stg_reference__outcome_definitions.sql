-- grain: one row a version of an outcome definition
with source as (

    select * from {{ ref('outcome_definitions') }}

),

renamed as (

    select
        concat(definition_id, '_v', cast(version as {{ type_text() }})) as outcome_definition,
        definition_id,
        cast(version as int) as version,
        cast(require_closed as boolean) as require_closed,
        cast(require_reply as boolean) as require_reply,
        cast(inactivity_hours as int) as inactivity_hours,
        cast(reopen_window_hours as int) as reopen_window_hours,
        cast(maturity_hours as int) as maturity_hours,
        cast(accept_assumed as boolean) as accept_assumed,
        cast(accept_escalated as boolean) as accept_escalated,
        cast(human_reply_disqualifies as boolean) as human_reply_disqualifies,
        cast(negative_csat_max as int) as negative_csat_max,
        cast(require_verdict as boolean) as require_verdict,
        description
    from source

)

select * from renamed
