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
  The words by which gateways, SDKs and providers say how a call went, without blanks and marks between them: outcomes, and the reasons
  for which a model stopped. An answer that its cap cut off is an answer; one that was refused or withheld is none.
-#}
{% macro status_words() -%}
    {{- return({
        'success': [
            'success', 'succeeded', 'successful', 'ok', 'completed', 'complete', 'done', 'finished', 'stop', 'stopped', 'stopsequence',
            'stoptoken', 'endturn', 'pauseturn', 'eos', 'eostoken', 'endoftext', 'toolcall', 'toolcalls', 'tooluse', 'functioncall',
            'functioncalls'
        ],
        'truncated': [
            'length', 'maxlength', 'modellength', 'maxtokens', 'maxtokensreached', 'maxoutputtokens', 'maxcompletiontokens',
            'modelcontextwindowexceeded', 'truncated'
        ],
        'error': [
            'error', 'errored', 'failed', 'failure', 'fail', 'exception', 'timeout', 'timedout', 'deadlineexceeded', 'expired',
            'ratelimited', 'ratelimit', 'ratelimiterror', 'ratelimitexceeded', 'cancelled', 'canceled', 'usercancel', 'aborted', 'abort',
            'overloaded', 'overloadederror', 'unavailable', 'serviceunavailable', 'insufficientsystemresource', 'errortoxic',
            'errorlimit', 'contextlengthexceeded', 'contentfilter', 'contentfiltered', 'refusal', 'refused', 'blocked', 'moderated',
            'safety', 'imagesafety', 'recitation', 'imagerecitation', 'blocklist', 'prohibitedcontent', 'imageprohibitedcontent', 'spii',
            'language', 'guardrailintervened', 'malformedfunctioncall', 'malformedmodeloutput', 'malformedtooluse',
            'unexpectedtoolcall', 'toomanytoolcalls'
        ]
    }) -}}
{%- endmacro %}


{#- MAX_TOKENS, max-tokens, FinishReason.MAX_TOKENS and ["max_tokens"] are one word. -#}
{% macro status_word(word) -%} replace(translate({{ word }}, ' _-.:"''[]', ''), 'finishreason', '') {%- endmacro %}


{#-
  The outcome of a call in one vocabulary: success, error, or unknown where the word is missing or not known. Numbers are HTTP status
  codes.
-#}
{% macro attempt_status(word) -%}
    case
        when {{ status_word(word) }} in ({{ quoted_words(status_words().success + status_words().truncated) }}) then 'success'
        when {{ status_word(word) }} in ({{ quoted_words(status_words().error) }}) then 'error'
        when try_cast({{ word }} as int) between 200 and 299 then 'success'
        when try_cast({{ word }} as int) between 400 and 599 then 'error'
        else 'unknown'
    end
{%- endmacro %}


{#- Whether the word for how a call went says that its cap, or the model's, cut the answer off. -#}
{% macro is_truncated(word) -%}
    coalesce({{ status_word(word) }} in ({{ quoted_words(status_words().truncated) }}), false)
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


{#- What tells two events of one request apart when the application numbers neither: everything that the call did. -#}
{% macro event_fingerprint() -%}
    {{ joined_text([
        'provider', 'model', 'status_as_sent', 'error_code', 'input_tokens', 'cached_input_tokens', 'cache_write_tokens',
        'output_tokens', 'reasoning_tokens', 'total_tokens', 'max_output_tokens', 'tool_output_tokens', 'latency_ms',
        'occurred_at'
    ]) }}
{%- endmacro %}


{#- What identifies an attempt within its request: its id, else its number, else its fingerprint. -#}
{% macro attempt_discriminator() -%}
    case
        when attempt_id is not null then concat('id:', attempt_id)
        when attempt_number is not null then concat('no:', cast(attempt_number as {{ type_text() }}))
        else concat('fp:', {{ event_fingerprint() }})
    end
{%- endmacro %}


{#- The key of an attempt: what every delivery of it has in common. What comes last needs no length, joined_text() says of what comes first. -#}
{% macro attempt_key() -%}
    {{ hash_key("concat(" ~ joined_text(['request_id']) ~ ", " ~ attempt_discriminator() ~ ")") }}
{%- endmacro %}


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


{#- What an attempt keeps of the delivery that won. -#}
{% macro attempt_columns() -%}
    request_id, external_request_id, event_date, occurred_at, source_file,
    {{ delivered_fields() | reject('in', ['external_request_id', 'sent_occurred_at']) | join(', ') }}
{%- endmacro %}
