-- grain: one row a telemetry event as delivered (redeliveries and events that will be rejected included)
{{ config(meta={'in_run': 'files', 'touched_by': 'source_file'}) }}

with source as (

    select * from {{ raw_table('llm_requests') }}

),

renamed as (

    select
        -- ids
        {{ to_text('external_request_id') }} as external_request_id,
        {{ to_text('attempt_id') }} as attempt_id,
        {{ to_count('attempt_number') }} as attempt_number,
        {{ to_text('user_id') }} as user_id,
        {{ to_text('tenant_id') }} as tenant_id,
        {{ to_text('ticket_id') }} as ticket_id,
        {{ to_text('conversation_id') }} as conversation_id,
        {{ to_text('workflow_id') }} as workflow_id,

        -- what was called, and why
        {{ to_word('provider') }} as provider,
        {{ to_word('model') }} as model,
        {{ to_word('service_tier') }} as service_tier,
        {{ to_word('endpoint_tag') }} as endpoint_tag,
        {{ to_word('stage') }} as stage,
        {{ to_text('prompt_version') }} as prompt_version,
        {{ to_word('queue') }} as queue,
        {{ to_word('intent') }} as intent,
        {{ to_word('data_mode') }} as data_mode,
        {{ to_word('environment') }} as environment,

        -- usage and what it cost
        {%- for count in token_counts() %}
        {{ to_count(count) }} as {{ count }},
        {%- endfor %}
        {{ to_word('usage_source') }} as usage_source,
        -- A call never costs less than nothing: a negative figure is a credit or a mistake, not the price of the call.
        case
            when {{ to_usd('reported_cost_usd') }} >= 0 then {{ to_usd('reported_cost_usd') }}
        end as reported_cost_usd,

        -- how it went
        {{ to_count('latency_ms') }} as latency_ms,
        {{ to_word('status') }} as status_as_sent,
        {{ to_text('error_code') }} as error_code,

        -- turns, tools, retrieval
        {{ to_count('turn_index') }} as turn_index,
        {{ to_text('tool_name') }} as tool_name,
        {{ to_text('tool_input_hash') }} as tool_input_hash,
        {{ to_text('retrieval_config') }} as retrieval_config,
        {{ to_count('retrieval_top_k') }} as retrieval_top_k,
        {{ to_count('retrieved_chunks') }} as retrieved_chunks,
        {{ to_boolean('retrieval_hit') }} as retrieval_hit,

        -- times
        {{ to_timestamp('occurred_at') }} as sent_occurred_at,
        {{ to_timestamp('ingested_at') }} as sent_ingested_at,

        -- where it came from, and what could not be read
        corrupt_record,
        {{ first_invalid_time() }} as invalid_time,
        {{ first_invalid_token_count() }} as invalid_token_count,
        {{ unreadable_values('llm_requests') }} as unreadable_values,
        source_file,
        source_line

    from source

)

select * from renamed
