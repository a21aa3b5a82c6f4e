-- grain: one row a ticket that this run judges, with when it was resolved before it came back
with tickets as (

    select * from {{ ref('int_tickets_current') }}
    where {{ in_run('ticket_id', 'cases') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

),

-- A follow-up is a ticket of its own that says which one it follows: closed tickets of some help desks cannot be
-- reopened.
openings as (

    select
        follow_up_of_ticket_id as ticket_id,
        opened_at
    from {{ ref('int_tickets_current') }}
    where
        follow_up_of_ticket_id is not null
        and follow_up_of_ticket_id <> ticket_id
        and opened_at is not null
        and not coalesce(is_spam, false)
        and not coalesce(is_test, false)

),

judged_openings as (

    select
        openings.ticket_id,
        openings.opened_at,
        openings.opened_at
        <= {{ add_hours(resolution_before('openings.opened_at'), 'definition.reopen_window_hours') }} as is_in_window
    from openings
    inner join tickets on openings.ticket_id = tickets.ticket_id
    cross join definition

),

follow_ups as (

    select
        ticket_id,
        bool_or(is_in_window) as has_follow_up_in_window,
        min(case when not is_in_window then opened_at end) as followed_up_at
    from judged_openings
    where is_in_window is not null
    group by ticket_id

),

resolved_before as (

    select
        tickets.*,
        follow_ups.has_follow_up_in_window,
        follow_ups.followed_up_at,
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
    left join follow_ups on tickets.ticket_id = follow_ups.ticket_id
    cross join definition

)

select
    ticket_id,
    is_reopened_in_window,
    coalesce(has_follow_up_in_window, false) as has_follow_up_in_window,
    case when not is_reopened_in_window then earlier_resolution_at end as earlier_resolution_at,
    -- A reopen after the window belongs to a resolution that has to be known: else the case is one episode.
    case
        when not is_reopened_in_window and earlier_resolution_at is not null then last_reopened_at
    end as returned_at,
    case when not coalesce(has_follow_up_in_window, false) then followed_up_at end as followed_up_at,
    coalesce(
        last_reopened_at is not null and not is_reopened_in_window and earlier_resolution_at is null, false
    ) as is_earlier_resolution_unknown
from resolved_before
