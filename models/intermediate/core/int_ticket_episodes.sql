-- grain: one row a ticket that this run judges and an episode of it: the first, and the one after it came back
{%- set person = ['first_human_reply_at', 'last_human_reply_at'] %}
{%- set moments = person + ['escalated_at', 'human_requested_at', 'last_bot_reply_at', 'last_customer_message_at'] %}
{%- set untimed_work = ['human_public_replies', 'handle_minutes'] %}

with tickets as (

    select * from {{ ref('int_tickets_current') }}
    where {{ in_run('ticket_id', 'cases') }}

),

merged_tickets as (

    select * from {{ ref('int_tickets_merged') }}

),

statuses as (

    select * from {{ ref('stg_reference__ticket_statuses') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

),

clock as (

    select * from {{ ref('int_as_of') }}

),

known as (

    select
        tickets.*,
        returns.is_reopened_in_window,
        returns.earlier_resolution_at,
        returns.returned_at,
        returns.is_earlier_resolution_unknown,
        -- What a help desk means by a word goes before what all of them do.
        coalesce(own_statuses.category, statuses.category) as status_category,
        -- A ticket of a cycle of merges was merged away to nowhere: it stays a case of its own.
        coalesce(merged_tickets.merged_ticket_id <> tickets.ticket_id, false) as is_merged_away,
        coalesce(merged_tickets.is_in_merge_cycle, false) as is_in_merge_cycle
    from tickets
    inner join {{ ref('int_ticket_returns') }} as returns on tickets.ticket_id = returns.ticket_id
    left join merged_tickets on tickets.ticket_id = merged_tickets.ticket_id
    left join statuses as own_statuses
        on
            {{ ticket_status_word('tickets.status') }} = own_statuses.word
            and tickets.source_system = own_statuses.source_system
    left join statuses
        on
            {{ ticket_status_word('tickets.status') }} = statuses.word
            and statuses.source_system = 'any'

),

episodes as (
    {% for is_return in [false, true] %}
    select
        ticket_id,
        {{ is_return }} as is_return,
        status,
        status_category,
        opened_at,
        updated_at,
        last_reopened_at,
        first_resolved_at,
        last_resolved_at,
        closed_at,
        reopen_count,
        csat,
        customer_confirmed,
        quality_verdict,
        unreadable_fields,
        is_merged_away,
        is_in_merge_cycle,
        is_earlier_resolution_unknown,
        earlier_resolution_at,
        returned_at,
        coalesce(is_spam, false)
        or coalesce(is_test, false)
        or is_merged_away
        or exclusion_reason is not null
        or coalesce(status_category in ('deleted', 'merged'), false)
        or coalesce(channel = 'outbound', false) as is_excluded,
        {%- for moment in moments %}
        {{ of_episode(moment, is_return) }} as {{ moment }},
        {%- endfor %}
        {%- if is_return %}
        resolved_by,
        bot_public_replies,
        {%- else %}
        case when returned_at is null or coalesce(last_resolved_at, closed_at) < returned_at then resolved_by end
            as resolved_by,
        -- The only reply was that to the return; of several nobody knows how many were.
        case
            when returned_at is null or bot_public_replies = 0 or last_bot_reply_at < returned_at
                then bot_public_replies
            when bot_public_replies = 1 and last_bot_reply_at >= returned_at then 0
        end as bot_public_replies,
        {%- endif %}
        -- Replies and minutes that are counted belong to the return where its first human reply does.
        {%- for count in untimed_work %}
        {%- if is_return %}
        {{ count }},
        {%- else %}
        case
            when returned_at is null or first_human_reply_at is null or first_human_reply_at < returned_at
                then {{ count }}
            else 0
        end as {{ count }},
        {%- endif %}
        {%- endfor %}
        {%- if is_return %}
        -- Nothing is known of whether it was reopened once more.
        false as is_reopened_in_window,
        false as has_ended,
        {%- else %}
        is_reopened_in_window,
        returned_at is not null as has_ended,
        {%- endif %}
        case
            {%- if not is_return %}
            when returned_at is not null then null
            {%- endif %}
            when is_reopened_in_window or is_earlier_resolution_unknown or {{ is_return }} then last_reopened_at
        end as began_again_at
    from known
    {%- if is_return %}
    where returned_at is not null
    {%- else %}

    union all
    {% endif %}
    {%- endfor %}

),

facts as (

    select
        episodes.*,
        definition.*,
        clock.as_of,
        {{ has_unreadable('unreadable_fields', times_of_tickets()) }}
        or (episodes.status is not null and episodes.status_category is null) as is_unreadable,
        case
            when episodes.has_ended then episodes.earlier_resolution_at
            else coalesce(
                {%- for time in ['last_resolved_at', 'closed_at', 'first_resolved_at'] %}
                case
                    when coalesce(episodes.{{ time }} > episodes.began_again_at, true) then episodes.{{ time }}
                end{{ "," if not loop.last }}
                {%- endfor %}
            )
        end as closed_on,
        greatest(episodes.last_resolved_at, episodes.closed_at, episodes.first_resolved_at) as newest_resolution_at,
        coalesce(episodes.reopen_count >= 1, false)
        or coalesce({{ ticket_status_word('episodes.status') }} in ({{ quoted_words(words_for_reopened()) }}), false)
            as is_said_to_be_reopened,
        greatest(episodes.first_human_reply_at, episodes.last_human_reply_at) as last_person_at,
        coalesce(episodes.bot_public_replies > 0, false) or episodes.last_bot_reply_at is not null as has_bot_reply,
        coalesce(episodes.human_public_replies > 0, false)
        or episodes.first_human_reply_at is not null
        or episodes.last_human_reply_at is not null as has_human_reply
    from episodes
    cross join definition
    cross join clock

),

described as (

    select
        *,
        has_human_reply
        or coalesce(handle_minutes > 0, false)
        or coalesce(resolved_by = 'human', false) as has_person,
        (human_public_replies is null and last_person_at is null)
        or (bot_public_replies is null and last_bot_reply_at is null)
        or {{ has_unreadable('unreadable_fields', ['human_public_replies', 'handle_minutes', 'resolved_by']) }}
            as are_replies_unknown,
        case
            when has_ended then true
            when status is not null
                then coalesce(
                    status_category = 'closed' or (status_category = 'resolved' and not require_closed), false
                )
            else closed_on is not null
        end as is_closed,
        case
            when has_ended then false
            when status is null then closed_on is null
            else status_category in ('open', 'on_hold')
        end as is_open,
        escalated_at is not null
        or human_requested_at is not null
        or (human_reply_disqualifies and has_human_reply) as is_escalated,
        greatest(last_bot_reply_at, last_person_at, last_customer_message_at, began_again_at) as last_message_at
    from facts

),

-- Reopened at a moment that nobody knows: then nobody knows either who has had the last word since.
doubted as (

    select
        *,
        case
            when has_ended then false
            when last_reopened_at is null
                then
                    coalesce(reopen_count >= 1, false)
                    or (coalesce(is_open, false) and (is_said_to_be_reopened or newest_resolution_at is not null))
            -- What was resolved later and is open was reopened once more.
            when newest_resolution_at > last_reopened_at then coalesce(is_open, false)
            -- Dates without a time of day: only a reply of another day came after both.
            when newest_resolution_at = last_reopened_at
                then
                    coalesce(is_open, false)
                    and coalesce(cast(last_bot_reply_at as date) <= cast(last_reopened_at as date), true)
            else false
        end as is_reopening_undated
    from described

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
    from doubted

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
