{#- The token counts of a telemetry event. A count that is given must be a whole number from 0, else the event is rejected. -#}
{% macro token_counts() -%}
    {{- return([
        'input_tokens', 'cached_input_tokens', 'cache_write_tokens', 'output_tokens', 'reasoning_tokens', 'total_tokens',
        'max_output_tokens', 'tool_output_tokens'
    ]) -}}
{%- endmacro %}


{#- Which token count of a raw event is given but not a whole number from 0, and its value; NULL where all are fine. -#}
{% macro first_invalid_token_count() -%}
    case
        {%- for count in token_counts() %}
        when {{ count }} is not null and coalesce({{ to_count(count) }}, -1) < 0 and {{ to_text(count) }} is not null
            then concat('{{ count }}: ', cast({{ count }} as {{ type_text() }}))
        {%- endfor %}
    end
{%- endmacro %}


{#- Which time of a raw event is given but cannot be read, and its value; NULL where none is. -#}
{% macro first_invalid_time() -%}
    case
        {%- for time in ['occurred_at', 'ingested_at'] %}
        when {{ time }} is not null and {{ to_timestamp(time) }} is null and {{ to_text(time) }} is not null
            then concat('{{ time }}: ', cast({{ time }} as {{ type_text() }}))
        {%- endfor %}
    end
{%- endmacro %}


{#-
  The outcome of a call in one vocabulary: success, error, or unknown where the word is missing or not known. The words
  are those of the common gateways and SDKs; numbers are HTTP status codes.
-#}
{% macro attempt_status(word) -%}
    case
        when {{ word }} in ('success', 'succeeded', 'successful', 'ok', 'completed', 'complete', 'stop') then 'success'
        when {{ word }} in (
            'error', 'errored', 'failed', 'failure', 'fail', 'timeout', 'timed_out', 'rate_limited', 'rate_limit',
            'cancelled', 'canceled', 'aborted', 'content_filter', 'overloaded', 'unavailable'
        ) then 'error'
        when try_cast({{ word }} as int) between 200 and 299 then 'success'
        when try_cast({{ word }} as int) between 400 and 599 then 'error'
        else 'unknown'
    end
{%- endmacro %}


{#- Real traffic of production: the only rows that reports hold. Unlabelled traffic is not reportable. -#}
{% macro is_reportable(data_mode, environment) -%}
    coalesce(
        {{ data_mode }} in ({{ quoted_words(var('reportable_data_modes')) }})
        and {{ environment }} in ({{ quoted_words(var('reportable_environments')) }}),
        false
    )
{%- endmacro %}


{% macro quoted_words(words) -%}
    {#- dbt parses before check_variables() refuses what is no list. -#}
    {%- for word in (words if words is iterable else []) -%} '{{ word | lower | trim | replace("'", "''") }}'{{ ", " if not loop.last }} {%- endfor -%}
{%- endmacro %}


{#-
  What tells two events of one request apart when the application numbers neither: everything that the call did, and for whom. When it
  was loaded, what it was said to cost and how its tokens were counted are said about a call: where they change, it is the same one.
-#}
{% macro fingerprinted_fields() -%}
    {{- return(['occurred_at'] + delivered_fields() | reject('in', [
        'external_request_id', 'attempt_id', 'attempt_number', 'sent_occurred_at', 'usage_source', 'reported_cost_usd',
        'reported_cost', 'reported_cost_currency'
    ]) | list) -}}
{%- endmacro %}


{% macro event_fingerprint() -%} {{ joined_text(fingerprinted_fields()) }} {%- endmacro %}


{#- What the application calls an attempt: its id, else its number on a provider and model. NULL where it has neither. -#}
{% macro attempt_name() -%}
    case
        when attempt_id is not null then concat('id:', attempt_id)
        when attempt_number is not null then concat('no:', {{ joined_text(['attempt_number', 'provider', 'model']) }})
    end
{%- endmacro %}


{#-
  The key of an attempt: what every delivery of it has in common. What comes last needs no length, joined_text() says of what comes
  first.
-#}
{% macro attempt_key() -%}
    {{ hash_key("concat(" ~ joined_text(['request_id']) ~ ", coalesce(" ~ attempt_name() ~ ", concat('fp:', " ~ event_fingerprint() ~ ")))") }}
{%- endmacro %}


{#- The same of an attempt as it is stored: only what has no name keeps its key, all others can be named again. -#}
{% macro stored_attempt_key() -%}
    coalesce(unnamed_attempt_key, {{ hash_key("concat(" ~ joined_text(['request_id']) ~ ", " ~ attempt_name() ~ ")") }})
{%- endmacro %}


{#- The token counts of what went in: two calls that differ here had different prompts. -#}
{% macro input_counts() -%}
    {{- return(token_counts() | select('in', [
        'input_tokens', 'uncached_input_tokens', 'cached_input_tokens', 'cache_write_tokens', 'cache_write_1h_tokens'
    ]) | list) -}}
{%- endmacro %}


{#- Longest time between two snapshots of one streamed answer. -#}
{% macro snapshot_gap() -%} interval '5' minute {%- endmacro %}


{#- How far apart two deliveries of one attempt may say that it was, in microseconds: from there on an id was used again. -#}
{% macro longest_correction() -%} {{- return(86400000000) -}} {%- endmacro %}


{#- The request id as sent: what all attempts under it are found by, also where it was used for several requests. -#}
{% macro sent_request_id() -%} coalesce(reused_request_id, request_id) {%- endmacro %}


{#-
  The request of an event: its id as sent. Without one the event stands for itself, named after its attempt, else after everything it
  says. A name of ours is followed by a hash, so one that was sent and reads like it is marked as sent.
-#}
{% macro event_request_id() -%}
    case
        when external_request_id is null
            then concat('synthetic-', md5(coalesce('id:' || attempt_id, concat('fp:', {{ event_fingerprint() }}))))
        when external_request_id like 'synthetic-%' then concat('synthetic-sent-', external_request_id)
        else external_request_id
    end
{%- endmacro %}


{#- Everything that a telemetry event says, but for when it was loaded. Two deliveries that differ here are a conflict. -#}
{% macro delivered_fields() -%}
    {{- return([
        'external_request_id', 'attempt_id', 'attempt_number', 'sent_occurred_at', 'provider', 'model', 'service_tier',
        'endpoint_tag', 'stage', 'prompt_version', 'user_id', 'tenant_id', 'ticket_id', 'conversation_id', 'workflow_id',
        'queue', 'intent'
    ] + token_counts() + [
        'latency_ms', 'status_as_sent', 'error_code', 'data_mode', 'environment', 'usage_source', 'reported_cost_usd',
        'turn_index', 'tool_name', 'tool_input_hash', 'retrieval_config', 'retrieval_top_k', 'retrieved_chunks',
        'retrieval_hit'
    ]) -}}
{%- endmacro %}


{#- What is known of every delivery of a request that was delivered more than once. -#}
{% macro delivery_columns() -%}
    {{- return([
        'request_hash', 'event_date', 'occurred_at', 'ingested_at', 'source_file', 'source_line'
    ] + delivered_fields()) -}}
{%- endmacro %}


{#- What an attempt keeps of the delivery that won. -#}
{% macro attempt_columns() -%}
    request_id, reused_request_id, external_request_id, event_date, occurred_at, source_file,
    {{ delivered_fields() | reject('in', ['external_request_id', 'sent_occurred_at']) | join(', ') }}
{%- endmacro %}
