-- grain: one row a ticket that this run judges and an episode of it, with what was reported of that episode
-- The first, and the one after it came back: what is dated at or after the return is said of that one.
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

)

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
