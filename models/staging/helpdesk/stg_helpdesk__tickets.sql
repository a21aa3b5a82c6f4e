-- grain: one row a delivered version of a ticket, or of a conversation that never became one
{{ config(meta={'in_run': 'new_files', 'touched_by': 'source_file'}) }}
{%- set ids = ['ticket_id', 'tenant_id', 'merged_into_ticket_id', 'follow_up_of_ticket_id', 'requester_id'] %}

with source as (

    select * from {{ raw_table('tickets') }}

),

trimmed as (

    select
        *,
        {{ trimmed_columns(ids + ['source_system', 'channel', 'queue', 'intent', 'status', 'priority']) }},
        {{ moment_columns('tickets') }}
    from source

),

sent as (

    select
        *,
        {%- for id in ids %}
        {{ id_of('trimmed_' ~ id) }} as sent_{{ id }},
        {%- endfor %}
        {{ typed_columns('tickets') }}
    from trimmed

),

-- Ids as marts show them: what is joined is shown alike.
with_shown_tenants as (

    select
        *,
        {{ shown_id('sent_tenant_id') }} as shown_tenant_id
    from sent

),

renamed as (

    select
        {{ shown_id('sent_ticket_id', is_row_key=true) }} as ticket_id,
        {{ withheld_kind('sent_ticket_id') }} as withheld_kind,
        shown_tenant_id as tenant_id,
        {{ shown_id('sent_merged_into_ticket_id', kept_apart_by='shown_tenant_id') }} as merged_into_ticket_id,
        {{ shown_id('sent_follow_up_of_ticket_id', kept_apart_by='shown_tenant_id') }} as follow_up_of_ticket_id,
        {{ shown_id('sent_requester_id', is_person=true) }} as requester_id,
        {{ word_of('trimmed_source_system') }} as source_system,

        {{ word_of('trimmed_channel') }} as channel,
        {{ word_of('trimmed_queue') }} as queue,
        {{ word_of('trimmed_intent') }} as intent,
        {{ to_text('project') }} as project,
        {{ word_of('trimmed_status') }} as status,
        {{ word_of('trimmed_priority') }} as priority,
        read_resolved_by as resolved_by,
        {{ to_reason('exclusion_reason') }} as exclusion_reason,
        {{ to_text('vendor_outcome') }} as vendor_outcome,
        read_quality_verdict as quality_verdict,

        {%- for time in times_of_tickets() + ['ingested_at'] %}
        read_{{ time }} as {{ time }},
        {%- endfor %}

        read_reopen_count as reopen_count,
        read_human_public_replies as human_public_replies,
        read_bot_public_replies as bot_public_replies,
        read_csat as csat,
        read_handle_minutes as handle_minutes,
        read_customer_confirmed as customer_confirmed,
        read_is_spam as is_spam,
        read_is_test as is_test,
        {{ unreadable_values('tickets') }} as unreadable_values,

        corrupt_record,
        source_file,
        source_line

    from with_shown_tenants

)

select
    *,
    {{ unreadable_fields('unreadable_values') }} as unreadable_fields
from renamed
