-- grain: one row a ticket (or conversation with a row in the help desk), in its newest version
with versions as (

    select * from {{ ref('stg_helpdesk__tickets') }}
    where
        corrupt_record is null
        and ticket_id is not null

)

select * from versions
qualify row_number() over (
    partition by ticket_id
    order by
        updated_at desc nulls last,
        -- Two versions of the same moment: the content decides, so that the order of arrival does not.
        md5({{ joined_text([
            'tenant_id', 'merged_into_ticket_id', 'channel', 'queue', 'intent', 'project', 'status', 'opened_at',
            'first_resolved_at', 'last_resolved_at', 'closed_at', 'last_reopened_at', 'escalated_at', 'human_requested_at',
            'first_human_reply_at', 'last_customer_message_at', 'reopen_count', 'human_public_replies',
            'bot_public_replies', 'csat', 'handle_minutes', 'customer_confirmed', 'is_spam', 'is_test'
        ]) }}) desc
) = 1
