-- grain: one row a ticket (or conversation with a row in the help desk) that this run judges, with its outcome
with tickets as (

    select * from {{ ref('int_tickets_current') }}
    where {{ in_run('ticket_id', 'cases') }}

),

merged_tickets as (

    select * from {{ ref('int_tickets_merged') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

),

clock as (

    select * from {{ ref('int_as_of') }}

),

facts as (

    select
        tickets.*,
        definition.*,
        -- A ticket of a cycle of merges was merged away to nowhere: it stays a case of its own.
        coalesce(merged_tickets.merged_ticket_id <> tickets.ticket_id, false) as is_merged_away,
        coalesce(merged_tickets.is_in_merge_cycle, false) as is_in_merge_cycle,
        clock.as_of,
        coalesce(
            tickets.status = 'closed' or (tickets.status = 'solved' and not definition.require_closed), false
        ) as is_closed,
        tickets.escalated_at is not null
        or tickets.human_requested_at is not null
        or (definition.human_reply_disqualifies and coalesce(tickets.human_public_replies > 0, false)) as is_escalated,
        {{ add_hours('tickets.last_customer_message_at', 'definition.inactivity_hours') }} as inactive_at,
        coalesce(
            tickets.last_reopened_at > tickets.last_resolved_at
            and tickets.last_reopened_at
            <= {{ add_hours('tickets.last_resolved_at', 'definition.reopen_window_hours') }},
            false
        ) as was_reopened_in_window
    from tickets
    left join merged_tickets on tickets.ticket_id = merged_tickets.ticket_id
    cross join definition
    cross join clock

),

judged as (

    select
        *,
        {{ case_outcome() }} as outcome
    from facts

),

dated as (

    select
        *,
        outcome in ({{ quoted_words(resolved_outcomes()) }}) as is_resolved,
        case
            when outcome in ({{ quoted_words(resolved_outcomes()) }})
                then coalesce(last_resolved_at, closed_at, inactive_at)
        end as resolved_at
    from judged

)

select
    *,
    coalesce(
        is_resolved and as_of > {{ add_hours('resolved_at', 'reopen_window_hours') }}, false
    ) as is_mature,
    case
        when not is_resolved then false
        else human_public_replies = 0
    end as is_deflected
from dated
