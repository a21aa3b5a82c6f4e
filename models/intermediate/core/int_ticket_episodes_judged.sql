-- grain: one row a ticket that this run judges and an episode of it, with when it ended and what became of it
with episodes as (

    select * from {{ ref('int_ticket_episodes_described') }}

),

timed as (

    select
        *,
        is_reopening_undated and is_said_to_be_reopened and is_open as is_reopened_at_some_time,
        -- The end of the silence after the bot's last word, where that was the last word of all.
        case
            when coalesce(status_category = 'on_hold', false) or is_reopening_undated then null
            when last_bot_reply_at is not null
                then case
                    when
                        coalesce(last_bot_reply_at >= coalesce(last_customer_message_at, opened_at), true)
                        and coalesce(last_bot_reply_at > last_person_at, true)
                        and coalesce(last_bot_reply_at > began_again_at, true)
                        then {{ add_hours('last_bot_reply_at', 'inactivity_hours') }}
                end
            when has_bot_reply and not has_person
                then {{ add_hours('greatest(last_customer_message_at, began_again_at)', 'inactivity_hours') }}
        end as silent_at,
        case
            when not is_reopening_undated
                then {{ add_hours('coalesce(last_message_at, opened_at)', 'inactivity_hours') }}
        end as quiet_at,
        {{ add_hours('last_customer_message_at', 'inactivity_hours') }} as unanswered_at,
        coalesce(customer_confirmed, false) or coalesce(csat in (4, 5), false) as is_said_to_be_resolved,
        case when is_closed then coalesce(closed_on, updated_at) end as closed_by
    from episodes

),

ended as (

    select
        *,
        (is_open or is_closed) and coalesce(silent_at <= as_of, false) as was_silent,
        is_open and coalesce(silent_at <= as_of, false) as is_silent,
        is_said_to_be_resolved
        and (is_closed or (is_open and not require_closed and coalesce(quiet_at <= as_of, false))) as is_confirmed,
        (is_closed and (has_bot_reply or has_person or are_replies_unknown or not require_reply))
        or (is_open and accept_assumed and coalesce(silent_at <= as_of, false)) as is_assumed,
        -- Whichever came first, so that a later housekeeping close moves nothing.
        least(
            closed_by,
            case when accept_assumed and (is_open or is_closed) and silent_at <= as_of then silent_at end,
            case
                when is_said_to_be_resolved and not require_closed and (is_open or is_closed) and quiet_at <= as_of
                    then quiet_at
            end
        ) as ended_at
    from timed

),

-- NULL: nothing was resolved before the follow-up, or nobody knows when it was opened.
judged_follow_ups as (

    select
        tickets.ticket_id,
        follow_ups.opened_at,
        case
            when follow_ups.opened_at is null then null
            -- Closed at a moment that nobody knows, which may have been before.
            when
                tickets.is_closed
                and tickets.closed_on is null
                and coalesce(tickets.ended_at > follow_ups.opened_at, true)
                then true
            -- Who opens a follow-up within the silence is not silent.
            when
                tickets.ended_at > follow_ups.opened_at
                and coalesce(tickets.ended_at < tickets.closed_by, true)
                and tickets.ended_at <= {{ add_hours('follow_ups.opened_at', 'tickets.inactivity_hours') }}
                then true
            else
                follow_ups.opened_at
                <= {{ add_hours(newest_end_before('follow_ups.opened_at'), 'tickets.reopen_window_hours') }}
        end as is_in_window
    from ended as tickets
    inner join {{ ref('int_tickets_followed') }} as follow_ups on tickets.ticket_id = follow_ups.followed_ticket_id
    where not tickets.is_return

),

follow_ups as (

    select
        ticket_id,
        coalesce(bool_or(is_in_window), false) as has_follow_up_in_window,
        bool_or(opened_at is null) as has_undated_follow_up,
        min(case when not is_in_window then opened_at end) as first_late_at
    from judged_follow_ups
    group by ticket_id

),

followed as (

    select
        ended.*,
        coalesce(follow_ups.has_follow_up_in_window, false) as has_follow_up_in_window,
        coalesce(follow_ups.has_undated_follow_up, false) as has_undated_follow_up,
        case when not follow_ups.has_follow_up_in_window then follow_ups.first_late_at end as followed_up_at
    from ended
    left join follow_ups
        on
            ended.ticket_id = follow_ups.ticket_id
            and not ended.is_return

)

select
    *,
    {{ case_outcome() }} as outcome
from followed
