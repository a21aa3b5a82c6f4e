-- grain: one row a ticket that this run judges, with when it was resolved before it came back
with tickets as (

    select * from {{ ref('int_tickets_current') }}
    where {{ in_run('ticket_id', 'cases') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

),

resolved_before as (

    select
        tickets.*,
        coalesce(
            tickets.last_reopened_at
            <= {{ add_hours(resolution_before('tickets.last_reopened_at'), 'definition.reopen_window_hours') }}, false
        ) as is_reopened_in_window,
        case
            -- Only what was closed was resolved, by such a definition.
            when definition.require_closed and not coalesce(tickets.closed_at < tickets.last_reopened_at, false)
                then null
            when tickets.reopen_count = 1 and tickets.first_resolved_at < tickets.last_reopened_at
                then tickets.first_resolved_at
            when
                coalesce(tickets.last_resolved_at, tickets.closed_at) < tickets.last_reopened_at
                then coalesce(tickets.last_resolved_at, tickets.closed_at)
        end as earlier_resolution_at
    from tickets
    cross join definition

)

select
    ticket_id,
    is_reopened_in_window,
    case when not is_reopened_in_window then earlier_resolution_at end as earlier_resolution_at,
    -- A reopen after the window belongs to a resolution that has to be known: else the case is one episode.
    case
        when not is_reopened_in_window and earlier_resolution_at is not null then last_reopened_at
    end as returned_at,
    coalesce(
        last_reopened_at is not null and not is_reopened_in_window and earlier_resolution_at is null, false
    ) as is_earlier_resolution_unknown
from resolved_before
