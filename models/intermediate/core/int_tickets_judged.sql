-- grain: one row a ticket (or conversation with a row in the help desk) that this run judges, with its outcome
with tickets as (

    select * from {{ ref('int_tickets_current') }}
    where {{ in_run('ticket_id', 'cases') }}

),

episodes as (

    select
        *,
        outcome in ({{ quoted_words(resolved_outcomes()) }}) as is_resolved,
        case when outcome in ({{ quoted_words(resolved_outcomes()) }}) then ended_at end as resolved_at
    from {{ ref('int_ticket_episodes_judged') }}

),

-- From which moment on the passing of time alone may say something else of an episode.
due as (

    select
        *,
        case
            when outcome in ('pending', 'reopened', 'abandoned')
                then least(
                    {%- for moment in [
                        'silent_at', 'quiet_at', 'unanswered_at', add_hours('ended_at', 'maturity_hours')
                    ] %}
                    case when {{ moment }} >= as_of then {{ moment }} end{{ "," if not loop.last }}
                    {%- endfor %}
                )
            when is_resolved and {{ add_hours('resolved_at', 'maturity_hours') }} >= as_of
                then {{ add_hours('resolved_at', 'maturity_hours') }}
        end as judge_again_at
    from episodes

),

first_episodes as (

    select * from due
    where not is_return

),

returns as (

    select * from due
    where is_return

)

select
    tickets.*,
    first_episodes.status_category,
    first_episodes.is_in_merge_cycle,
    first_episodes.outcome,
    first_episodes.outcome_definition,
    first_episodes.is_escalated,
    first_episodes.is_resolved,
    first_episodes.resolved_at,
    coalesce(
        first_episodes.is_resolved
        and first_episodes.as_of > {{ add_hours('first_episodes.resolved_at', 'first_episodes.maturity_hours') }}, false
    ) as is_mature,
    case
        when not first_episodes.is_resolved then false
        when first_episodes.has_person or first_episodes.is_escalated then false
        when not first_episodes.are_replies_unknown then first_episodes.has_bot_reply
    end as is_deflected,
    first_episodes.has_bot_reply,
    first_episodes.has_human_reply,
    first_episodes.has_person,
    first_episodes.are_replies_unknown,
    -- A human reply after the bot's is a transfer, whatever the help desk calls it.
    case
        when first_episodes.is_escalated then true
        when first_episodes.has_bot_reply and first_episodes.has_human_reply then true
        when not first_episodes.are_replies_unknown or not first_episodes.has_bot_reply then false
    end as is_transferred,
    case
        when first_episodes.outcome <> 'pending' then null
        when
            greatest(first_episodes.last_bot_reply_at, first_episodes.last_person_at)
            >= coalesce(first_episodes.last_customer_message_at, first_episodes.opened_at)
            then 'customer'
        -- A reply of which no time is known may have been the last word.
        when
            first_episodes.last_customer_message_at is null
            or (first_episodes.last_bot_reply_at is null and coalesce(first_episodes.bot_public_replies > 0, true))
            or (first_episodes.last_person_at is null and coalesce(first_episodes.human_public_replies > 0, true))
            then 'unknown'
        else 'us'
    end as waiting_on,
    coalesce(
        first_episodes.outcome = 'resolved_assumed'
        and first_episodes.is_open
        and first_episodes.last_bot_reply_at is null,
        false
    ) as is_assumed_without_reply_time,
    first_episodes.is_resolved and first_episodes.resolved_at is null as is_undated_resolution,
    first_episodes.is_earlier_resolution_unknown
    or first_episodes.is_reopening_undated
    or coalesce(returns.is_reopening_undated, false) as is_earlier_resolution_unknown,
    first_episodes.is_resolved
    and (returns.ticket_id is not null or first_episodes.followed_up_at is not null) as returned_after_maturity,
    case
        when first_episodes.is_resolved then least(first_episodes.returned_at, first_episodes.followed_up_at)
    end as returned_at,
    case when first_episodes.is_resolved then returns.outcome end as return_outcome,
    case when first_episodes.is_resolved then returns.resolved_at end as return_resolved_at,
    least(first_episodes.judge_again_at, returns.judge_again_at) as judge_again_at
from tickets
inner join first_episodes on tickets.ticket_id = first_episodes.ticket_id
left join returns on tickets.ticket_id = returns.ticket_id
