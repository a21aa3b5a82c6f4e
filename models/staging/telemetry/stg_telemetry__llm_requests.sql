-- grain: one row a telemetry event as delivered (redeliveries and events that will be rejected included)
{{ config(meta={'in_run': 'files', 'touched_by': 'source_file'}) }}

with source as (

    select * from {{ raw_table('llm_requests') }}

),

trimmed as (

    select
        *,
        {{ trimmed_columns([
            'external_request_id', 'attempt_id', 'user_id', 'tenant_id', 'ticket_id', 'conversation_id', 'workflow_id',
            'provider', 'model', 'service_tier', 'endpoint_tag', 'stage', 'queue', 'intent', 'data_mode', 'environment',
            'usage_source', 'reported_cost_currency', 'status', 'agent_name', 'source_system'
        ]) }},
        {{ moment_columns('llm_requests') }}
    from source

),

typed as (

    select
        *,
        {{ typed_columns('llm_requests') }}
    from trimmed

),

renamed as (

    select
        -- ids
        {{ id_of('trimmed_external_request_id') }} as external_request_id,
        {{ id_of('trimmed_attempt_id') }} as attempt_id,
        read_attempt_number as attempt_number,
        {{ id_of('trimmed_user_id') }} as user_id,
        {{ id_of('trimmed_tenant_id') }} as tenant_id,
        {{ id_of('trimmed_ticket_id') }} as ticket_id,
        {{ id_of('trimmed_conversation_id') }} as conversation_id,
        {{ id_of('trimmed_workflow_id') }} as workflow_id,

        -- what was called, and why
        {{ word_of('trimmed_provider') }} as provider,
        {{ word_of('trimmed_model') }} as model,
        {{ word_of('trimmed_service_tier') }} as service_tier,
        {{ word_of('trimmed_endpoint_tag') }} as endpoint_tag,
        {{ word_of('trimmed_stage') }} as stage,
        {{ to_text('prompt_version') }} as prompt_version,
        {{ word_of('trimmed_queue') }} as queue,
        {{ word_of('trimmed_intent') }} as intent,
        {{ word_of('trimmed_data_mode') }} as data_mode,
        {{ word_of('trimmed_environment') }} as environment,

        -- usage and what it cost
        {{ consumed_count('input_tokens') }} as sent_input_tokens,
        {{ consumed_count('uncached_input_tokens') }} as uncached_input_tokens,
        greatest({{ consumed_count('cached_input_tokens') }}, {{ consumed_count('cache_read_input_tokens') }})
            as cached_input_tokens,
        coalesce(
            greatest({{ consumed_count('cache_write_tokens') }}, {{ consumed_count('cache_creation_input_tokens') }}),
            {{ consumed_count('cache_write_1h_tokens') }}
        ) as cache_write_tokens,
        {{ has_differing_counts() }} as has_differing_counts,
        coalesce({{ to_text('cache_read_input_tokens') }}, {{ to_text('cache_creation_input_tokens') }}) is not null
            as has_anthropic_names,
        {%- for count in token_counts() | reject('in', ['input_tokens', 'cached_input_tokens', 'cache_write_tokens']) %}
        {{ consumed_count(count) }} as {{ count }},
        {%- endfor %}
        read_is_cache_hit as is_cache_hit,
        {{ word_of('trimmed_usage_source') }} as usage_source,
        read_reported_cost_usd as sent_cost_usd,
        read_reported_cost as reported_cost,
        {{ word_of('trimmed_reported_cost_currency') }} as reported_cost_currency,
        read_tool_fee_usd as tool_fee_usd,

        -- how it went
        read_latency_ms as latency_ms,
        {{ word_of('trimmed_status') }} as status_as_sent,
        {{ to_text('error_code') }} as error_code,

        -- turns, tools, retrieval
        read_turn_index as turn_index,
        {{ to_text('tool_name') }} as tool_name,
        {{ to_text('tool_input_hash') }} as tool_input_hash,
        {{ to_text('retrieval_config') }} as retrieval_config,
        read_retrieval_top_k as retrieval_top_k,
        read_retrieved_chunks as retrieved_chunks,
        read_retrieval_hit as retrieval_hit,

        -- who called whom
        {{ word_of('trimmed_agent_name') }} as agent_name,
        {{ to_text('parent_request_id') }} as parent_request_id,
        {{ to_text('trace_id') }} as trace_id,
        {{ word_of('trimmed_source_system') }} as source_system,

        -- times
        read_occurred_at as sent_occurred_at,
        read_ingested_at as sent_ingested_at,

        -- where it came from, and what could not be read
        corrupt_record,
        {{ first_invalid_time() }} as invalid_time,
        {{ first_invalid_token_count() }} as invalid_token_count,
        {{ first_unreadable_value() }} as unreadable_value,
        {{ unreadable_values('llm_requests') }} as unreadable_values,
        source_file,
        source_line

    from typed

),

understood as (

    select
        *,
        {{ input_excludes_cache() }} as input_excludes_cache
    from renamed

),

counted as (

    select
        *,
        {{ input_meaning() }} as input_meaning
    from understood

)

select
    *,
    case
        when input_meaning in ('cache_added', 'disagrees', 'unknown_cache_added')
            then
                coalesce(uncached_input_tokens, sent_input_tokens)
                + coalesce(cached_input_tokens, 0)
                + coalesce(cache_write_tokens, 0)
        else sent_input_tokens
    end as input_tokens,
    coalesce(sent_cost_usd, case when reported_cost_currency = 'usd' then reported_cost end) as reported_cost_usd
from counted
