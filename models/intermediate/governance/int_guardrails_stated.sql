-- grain: one row a guardrail, as it stood at the moment that the reports speak for
with clock as (

    select cast(as_of as date) as today
    from {{ ref('int_as_of') }}

),

known as (

    select
        guardrails.*,
        clock.today,
        -- What came later had not been done.
        case when guardrails.since <= clock.today then guardrails.since end as in_force_since,
        case when guardrails.done_on <= clock.today then guardrails.done_on end as known_done_on
    from {{ ref('stg_reference__guardrails') }} as guardrails
    cross join clock

)

select
    guardrail_id,
    metric,
    scope_type,
    -- As marts show the tenant that it is compared with.
    case when scope_type = 'tenant' then {{ shown_id('scope_value') }} else scope_value end as scope_value,
    direction,
    limit_value,
    in_force_since as since,
    owner,
    action,
    due_on,
    known_done_on as done_on,
    case
        when action is null then 'none'
        when known_done_on > due_on then 'done_late'
        when known_done_on is not null then 'done'
        when due_on is null then 'undated'
        when due_on < today then 'overdue'
        else 'open'
    end as action_state,
    cast(
        case
            when known_done_on is not null then {{ days_between('due_on', 'greatest(known_done_on, due_on)') }}
            when due_on is not null then {{ days_between('due_on', 'greatest(today, due_on)') }}
        end as bigint
    ) as days_late
from known
