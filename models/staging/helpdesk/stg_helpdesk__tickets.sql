-- grain: one row a delivered version of a ticket, or of a conversation that never became one
{{ config(meta={'in_run': 'new_files', 'touched_by': 'source_file'}) }}

with source as (

    select * from {{ raw_table('tickets') }}

),

renamed as (

    select
        -- as marts show them: what is joined is shown alike
        {{ shown_id(to_text('ticket_id'), is_row_key=true) }} as ticket_id,
        {{ withheld_kind(to_text('ticket_id')) }} as withheld_kind,
        {{ shown_id(to_text('tenant_id')) }} as tenant_id,
        {{ shown_id(to_text('merged_into_ticket_id'), kept_apart_by=shown_id(to_text('tenant_id'))) }}
            as merged_into_ticket_id,

        {{ to_word('channel') }} as channel,
        {{ to_word('queue') }} as queue,
        {{ to_word('intent') }} as intent,
        {{ to_text('project') }} as project,
        {{ to_word('status') }} as status,

        {{ to_timestamp('opened_at') }} as opened_at,
        {{ to_timestamp('first_resolved_at') }} as first_resolved_at,
        {{ to_timestamp('last_resolved_at') }} as last_resolved_at,
        {{ to_timestamp('closed_at') }} as closed_at,
        {{ to_timestamp('last_reopened_at') }} as last_reopened_at,
        {{ to_timestamp('escalated_at') }} as escalated_at,
        {{ to_timestamp('human_requested_at') }} as human_requested_at,
        {{ to_timestamp('first_human_reply_at') }} as first_human_reply_at,
        {{ to_timestamp('last_customer_message_at') }} as last_customer_message_at,
        {{ to_timestamp('updated_at') }} as updated_at,

        {{ to_count('reopen_count') }} as reopen_count,
        {{ to_count('human_public_replies') }} as human_public_replies,
        {{ to_count('bot_public_replies') }} as bot_public_replies,
        {{ to_count('csat') }} as csat,
        try_cast(handle_minutes as decimal(18, 6)) as handle_minutes,
        {{ to_boolean('customer_confirmed') }} as customer_confirmed,
        {{ to_boolean('is_spam') }} as is_spam,
        {{ to_boolean('is_test') }} as is_test,

        corrupt_record,
        source_file,
        source_line

    from source

)

select * from renamed
