{#-
  The input contract: every raw table and the fields that staging reads from it, in snake_case. Input may use camelCase;
  other fields are ignored and missing ones are NULL. `corrupt_record` is the text of a line that could not be parsed.
-#}
{% macro raw_fields(raw_table) -%}
    {%- set fields = {
        'llm_requests': [
            'external_request_id', 'attempt_id', 'attempt_number', 'occurred_at', 'ingested_at', 'provider', 'model',
            'service_tier', 'endpoint_tag', 'stage', 'prompt_version', 'user_id', 'tenant_id', 'ticket_id',
            'conversation_id', 'workflow_id', 'queue', 'intent', 'input_tokens', 'cached_input_tokens',
            'cache_write_tokens', 'output_tokens', 'reasoning_tokens', 'total_tokens', 'max_output_tokens',
            'latency_ms', 'status', 'error_code', 'data_mode', 'environment', 'usage_source', 'reported_cost_usd',
            'turn_index', 'tool_name', 'tool_input_hash', 'tool_output_tokens', 'retrieval_config',
            'retrieval_top_k', 'retrieved_chunks', 'retrieval_hit', 'uncached_input_tokens', 'cache_write_1h_tokens',
            'cache_read_input_tokens', 'cache_creation_input_tokens', 'is_cache_hit', 'tool_fee_usd', 'reported_cost',
            'reported_cost_currency', 'agent_name', 'parent_request_id', 'trace_id', 'source_system', 'corrupt_record'
        ],
        'tickets': [
            'ticket_id', 'tenant_id', 'channel', 'queue', 'intent', 'project', 'status', 'opened_at',
            'first_resolved_at', 'last_resolved_at', 'closed_at', 'reopen_count', 'last_reopened_at', 'escalated_at',
            'human_requested_at', 'first_human_reply_at', 'human_public_replies', 'bot_public_replies',
            'last_customer_message_at', 'customer_confirmed', 'csat', 'handle_minutes', 'merged_into_ticket_id',
            'is_spam', 'is_test', 'updated_at',
            'last_bot_reply_at', 'last_human_reply_at', 'requester_id', 'follow_up_of_ticket_id', 'resolved_by',
            'exclusion_reason', 'vendor_outcome', 'quality_verdict', 'priority', 'ingested_at', 'source_system', 'corrupt_record'
        ],
        'workflow_outcomes': [
            'workflow_id', 'use_case', 'outcome', 'is_success', 'tenant_id', 'started_at', 'completed_at', 'value_usd',
            'corrupt_record'
        ],
        'provider_invoices': [
            'provider', 'billing_month', 'line_item', 'billed_usd', 'credit_usd', 'currency', 'corrupt_record'
        ]
    } -%}
    {{- return(fields[raw_table] if raw_table else fields) -}}
{%- endmacro %}


{#- The raw tables other than telemetry: the model that stages each, and the columns without which a row is rejected. -#}
{% macro keyed_raw_tables() -%}
    {{- return({
        'tickets': ('stg_helpdesk__tickets', ['ticket_id']),
        'workflow_outcomes': ('stg_applications__workflow_outcomes', ['workflow_id']),
        'provider_invoices': ('stg_billing__provider_invoices', ['provider', 'billing_month']),
    }) -}}
{%- endmacro %}


{#- The raw tables of which several versions of a row may arrive: the model that stages each, and its key. -#}
{% macro versioned_raw_tables() -%}
    {%- set versioned = {} -%}
    {%- for raw_table in ['tickets', 'workflow_outcomes'] -%}
        {%- set staged, key_columns = keyed_raw_tables()[raw_table] -%}
        {%- do versioned.update({raw_table: (staged, key_columns[0])}) -%}
    {%- endfor -%}
    {{- return(versioned) -}}
{%- endmacro %}


{#- The spelling that applications use for a field: external_request_id -> externalRequestId. -#}
{% macro camel_case(field) -%}
    {%- set words = field.split('_') -%}
    {{- return(words[0] ~ words[1:] | map('capitalize') | join('')) -}}
{%- endmacro %}


{#-
  Names under which other tools send a field, where they can mean nothing else. What depends on the tool is no spelling but a field of
  its own: input_tokens beside Anthropic's cache_read_input_tokens may hold the cache or not (input_meaning() of macros/rules).
-#}
{% macro other_spellings(field) -%}
    {{- return({
        'input_tokens': ['prompt_tokens'],
        'output_tokens': ['completion_tokens'],
        'uncached_input_tokens': ['input_uncached_tokens'],
        'cached_input_tokens': ['cache_read_tokens', 'cached_tokens', 'input_cached_tokens'],
        'cache_write_tokens': ['cache_creation_tokens', 'input_cache_write_tokens'],
        'cache_write_1h_tokens': ['ephemeral_1h_input_tokens'],
    }.get(field, [])) -}}
{%- endmacro %}


{#- The fields of which two spellings that say different things are a contradiction: a 0 in one hides no count in another. -#}
{% macro spelled_counts() -%} {{- return((token_counts() + costing_counts()) | unique | list) -}} {%- endmacro %}


{#- Every name that a field may have in input; the first that is meant counts, of counts the largest. -#}
{% macro field_spellings(field) -%}
    {%- set spellings = [] -%}
    {%- for name in [field] + other_spellings(field) -%} {%- do spellings.extend([name, camel_case(name)]) -%} {%- endfor -%}
    {{- return(spellings | unique | list) -}}
{%- endmacro %}


{#- All spellings of every field that input may have. -#}
{% macro raw_spellings(raw_table) -%}
    {%- set spellings = [] -%}
    {%- for field in raw_fields(raw_table) -%}
        {%- do spellings.extend(field_spellings(field)) -%}
    {%- endfor -%}
    {{- return(spellings) -}}
{%- endmacro %}


{#- Records from which on a file without a usable one is taken for another tool's export, not for a few bad rows. -#}
{% macro least_records_of_an_export() -%} 20 {%- endmacro %}


{#-
  The fields of a raw table that are not just text, with their kind. What is given in one of them and cannot be read is NULL, and counted
  in unreadable_values. Words (a status, a provider) are no matter of reading: those that no rule knows are counted where they matter.
-#}
{% macro typed_fields(raw_table) -%}
    {%- set by_kind = {
        'llm_requests': {
            'time': ['occurred_at', 'ingested_at'],
            'natural': ['attempt_number'],
            'tokens': spelled_counts(),
            'count': ['latency_ms', 'turn_index', 'retrieval_top_k', 'retrieved_chunks'],
            'usd': ['reported_cost_usd', 'reported_cost', 'tool_fee_usd'],
            'boolean': ['is_cache_hit', 'retrieval_hit']
        },
        'tickets': {
            'time': times_of_tickets() + ['ingested_at'],
            'natural': ['reopen_count', 'human_public_replies', 'bot_public_replies'],
            'rating': ['csat'],
            'amount': ['handle_minutes'],
            'boolean': ['customer_confirmed', 'is_spam', 'is_test'],
            'resolver': ['resolved_by'],
            'verdict': ['quality_verdict']
        },
        'workflow_outcomes': {
            'time': ['started_at', 'completed_at'],
            'value': ['value_usd'],
            'boolean': ['is_success']
        },
        'provider_invoices': {'month': ['billing_month'], 'billed': ['billed_usd', 'credit_usd']}
    }[raw_table] -%}
    {%- set kinds = {} -%}
    {%- for kind, fields in by_kind.items() -%}
        {%- for field in fields -%} {%- do kinds.update({field: kind}) -%} {%- endfor -%}
    {%- endfor -%}
    {{- return(kinds) -}}
{%- endmacro %}


{#- The times of a ticket that outcomes are judged by. -#}
{% macro times_of_tickets() -%}
    {{- return([
        'opened_at', 'first_resolved_at', 'last_resolved_at', 'closed_at', 'last_reopened_at', 'escalated_at', 'human_requested_at',
        'first_human_reply_at', 'last_human_reply_at', 'last_bot_reply_at', 'last_customer_message_at', 'updated_at'
    ]) -}}
{%- endmacro %}
