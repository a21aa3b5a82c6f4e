-- grain: one row a ticket that this run judges and an episode of it, with what is known of that episode
with episodes as (

    select * from {{ ref('int_ticket_episodes_split') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

),

clock as (

    select * from {{ ref('int_as_of') }}

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

)

-- Reopened at a moment that nobody knows: then nobody knows either who has had the last word since.
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
