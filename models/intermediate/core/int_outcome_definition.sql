-- grain: one row: the outcome definition that this build applies
with definitions as (

    select * from {{ ref('stg_reference__outcome_definitions') }}

),

named as (

    select * from definitions
    where
        outcome_definition = '{{ var("outcome_definition") }}'
        or definition_id = '{{ var("outcome_definition") }}'
    qualify row_number() over (
        order by case when outcome_definition = '{{ var("outcome_definition") }}' then 0 else 1 end, version desc
    ) = 1

)

-- An aggregate, so that a name that fits no row reaches the message instead of emptying everything downstream.
select
    coalesce(
        max(outcome_definition),
        {{ stop_with(
            "The variable outcome_definition is " ~ var('outcome_definition') ~ ", which "
            ~ ("is retired: its rules gave the bot credit for what it did not do (CHANGELOG.md). Name version 2, "
                ~ var('outcome_definition')[:-1] ~ "2."
                if var('outcome_definition') in retired_definitions()
                else "names no row of the seed outcome_definitions. Set a definition_id or <definition_id>_v<version> of that seed, "
                ~ "or add a row.")
        ) }}
    ) as outcome_definition,
    bool_or(require_closed) as require_closed,
    bool_or(require_reply) as require_reply,
    max(inactivity_hours) as inactivity_hours,
    max(reopen_window_hours) as reopen_window_hours,
    max(maturity_hours) as maturity_hours,
    bool_or(accept_assumed) as accept_assumed,
    bool_or(accept_escalated) as accept_escalated,
    bool_or(human_reply_disqualifies) as human_reply_disqualifies,
    max(negative_csat_max) as negative_csat_max,
    bool_or(require_verdict) as require_verdict
from named
