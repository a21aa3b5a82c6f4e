{#- The token counts of an attempt. -#}
{% macro token_counts() -%}
    {{- return([
        'input_tokens', 'cached_input_tokens', 'cache_write_tokens', 'cache_write_1h_tokens', 'output_tokens', 'reasoning_tokens',
        'total_tokens', 'max_output_tokens', 'tool_output_tokens'
    ]) -}}
{%- endmacro %}



{#- The fields of staging that are spellings of one count where a sender gives both: Anthropic's names for the cache beside ours. -#}
{% macro cache_spellings() -%}
    {{- return({'cached_input_tokens': 'cache_read_input_tokens', 'cache_write_tokens': 'cache_creation_input_tokens'}) -}}
{%- endmacro %}

{#- Whether an event gives one count twice, and not the same number: the larger counts, and the event is flagged. Expects typed_columns(). -#}
{% macro has_differing_counts() -%}
    {#- A CASE, because DuckDB looks at all parts of a condition that is a column. -#}
    case
        {%- for count, other in cache_spellings().items() %}
        when read_{{ other }} > 0 and read_{{ count }} > 0 and read_{{ count }} <> read_{{ other }} then true
        {%- endfor %}
        {%- for count in spelled_counts() %}
        when {{ has_differing_spellings(count) }} then true
        {%- endfor %}
        else false
    end
{%- endmacro %}


{#- The counts of a raw event that its cost follows from. One that is given and cannot be meant rejects the event: its cost would be a guess. -#}
{% macro costing_counts() -%}
    {{- return([
        'input_tokens', 'uncached_input_tokens', 'cached_input_tokens', 'cache_read_input_tokens', 'cache_write_tokens',
        'cache_creation_input_tokens', 'cache_write_1h_tokens', 'output_tokens'
    ]) -}}
{%- endmacro %}


{#- The optional values of a raw event. One that is given and cannot be read is NULL, and counted: what a call reported to have cost comes first. -#}
{% macro optional_values() -%}
    {{- return([
        'reported_cost_usd', 'reported_cost', 'tool_fee_usd', 'is_cache_hit', 'reasoning_tokens', 'total_tokens', 'max_output_tokens',
        'tool_output_tokens', 'latency_ms', 'turn_index', 'retrieval_top_k', 'retrieved_chunks', 'retrieval_hit'
    ]) -}}
{%- endmacro %}


{#- A token count of a raw event; NULL where a gateway answered from its own store: the tokens of the first answer were not consumed again. -#}
{% macro consumed_count(column) -%} case when read_is_cache_hit then null else read_{{ column }} end {%- endmacro %}


{#- Which count of a raw event that costs is given but cannot be meant, and its value; NULL where all are fine. -#}
{% macro first_invalid_token_count() -%}
    case
        {%- for count in costing_counts() %}
        when {{ is_unreadable(count) }}
            then concat('{{ count }}: ', cast({{ count }} as {{ type_text() }}))
        {%- endfor %}
    end
{%- endmacro %}


{#- Which optional value of a raw event is given but cannot be read, and what was given; NULL where all are fine. -#}
{% macro first_unreadable_value() -%}
    case
        {%- for value in optional_values() %}
        when {{ is_unreadable(value) }}
            then concat('{{ value }}: ', cast({{ value }} as {{ type_text() }}))
        {%- endfor %}
    end
{%- endmacro %}


{#-
  Whether input_tokens of an event leave the cache out, by the variable input_excludes_cache: true or false for a source system, else
  for a provider; NULL where it says nothing of either.
-#}
{% macro input_excludes_cache() -%}
    {%- set said = var('input_excludes_cache') -%}
    {%- set meanings = {true: [], false: []} -%}
    {%- for word in (said if said is iterable and said is not string else []) -%}
        {%- do meanings[(said[word] if said is mapping else true) | string | lower == 'true'].append(word) -%}
    {%- endfor -%}
    {%- if meanings[true] or meanings[false] -%}
        case
            {%- for column in ['source_system', 'provider'] -%}
            {%- for meaning, words in meanings.items() if words %}
            when {{ is_one_of(column, words) }} then {{ meaning | lower }}
            {%- endfor %}
            {%- endfor %}
        end
    {%- else -%} cast(null as boolean)
    {%- endif -%}
{%- endmacro %}


{#-
  What the input count of an event means beside its cache counts; NULL where it is all input, as the contract has it.
    cache_added           it left the cache out, as the sender or the variable says, and the cache counts were added
    disagrees             the sender gave both, all input and input without the cache, and they do not fit; the latter counts
    unknown               Anthropic's names for the cache, and nobody says what its sender means: read as all input
    unknown_cache_added   the same, but the cache counts are more than the input, which can only have left them out
  Expects the counts of staging.
-#}
{% macro input_meaning() -%}
    {%- set cache = 'coalesce(cached_input_tokens, 0) + coalesce(cache_write_tokens, 0)' -%}
    case
        when uncached_input_tokens is not null
            then case when sent_input_tokens <> uncached_input_tokens + {{ cache }} then 'disagrees' else 'cache_added' end
        when sent_input_tokens is null or {{ cache }} = 0 then null
        when input_excludes_cache then 'cache_added'
        when input_excludes_cache is not null or not has_anthropic_names then null
        when {{ cache }} > sent_input_tokens then 'unknown_cache_added'
        else 'unknown'
    end
{%- endmacro %}


{#- Which time of a raw event reads as one that cannot be meant, and its value; NULL where none does. -#}
{% macro first_invalid_time() -%}
    case
        {%- for time in ['occurred_at', 'ingested_at'] %}
        when {{ time }} is not null and read_{{ time }} is null and {{ any_timestamp(time) }} is not null
            then concat('{{ time }}: ', cast({{ time }} as {{ type_text() }}))
        {%- endfor %}
    end
{%- endmacro %}


{#-
  The words by which gateways, SDKs and providers say how a call went, without blanks and marks between them: outcomes, and the reasons
  for which a model stopped. An answer that its cap cut off is an answer; one that was refused or withheld is none. What goes on has no
  outcome yet, nor has what says that nothing is known.
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
        'going_on': [
            'inprogress', 'streaming', 'running', 'processing', 'generating', 'started', 'pending', 'queued', 'partial', 'chunk', 'delta',
            'unspecified', 'none', 'null', 'nil', 'undefined', 'n/a'
        ],
        'error': [
            'error', 'errored', 'failed', 'failure', 'fail', 'exception', 'timeout', 'timedout', 'deadlineexceeded', 'expired',
            'ratelimited', 'ratelimit', 'ratelimiterror', 'ratelimitexceeded', 'throttled', 'throttlingexception', 'toomanyrequests',
            'resourceexhausted', 'internalservererror', 'invalidrequest', 'invalidrequesterror', 'badrequest', 'cancelled', 'canceled', 'usercancel', 'aborted', 'abort',
            'overloaded', 'overloadederror', 'unavailable', 'serviceunavailable', 'insufficientsystemresource', 'errortoxic',
            'errorlimit', 'contextlengthexceeded', 'contentfilter', 'contentfiltered', 'refusal', 'refused', 'blocked', 'moderated',
            'safety', 'imagesafety', 'recitation', 'imagerecitation', 'blocklist', 'prohibitedcontent', 'imageprohibitedcontent', 'spii',
            'language', 'guardrailintervened', 'malformedfunctioncall', 'malformedmodeloutput', 'malformedtooluse',
            'unexpectedtoolcall', 'toomanytoolcalls'
        ]
    }) -}}
{%- endmacro %}


{#- MAX_TOKENS, max-tokens, FinishReason.MAX_TOKENS and ["max_tokens"] are one word. -#}
{% macro status_word(word) -%} replace(translate({{ word }}, ' _-.:="''[]', ''), 'finishreason', '') {%- endmacro %}


{#-
  The outcome of a call in one vocabulary: success, error, or unknown where the word is missing or not known. Numbers are HTTP status
  codes, also as in "HTTP 500" and "500 Internal Server Error". Other names of errors and exceptions end as words do: ReadTimeout,
  server_error, APIConnectionError; they are only looked for where no list has the word.
-#}
{% macro attempt_status(word) -%}
    case
        when {{ is_one_of(status_word(word), status_words().success + status_words().truncated) }} then 'success'
        when {{ is_one_of(status_word(word), status_words().error) }} then 'error'
        when try_cast({{ word }} as int) between 200 and 299 then 'success'
        when try_cast({{ word }} as int) between 400 and 599 then 'error'
        when {{ word }} is null or {{ is_one_of(status_word(word), status_words().going_on) }} then 'unknown'
        when {{ matches_pattern(status_word(word), '^(http(/[123][01]?)?|status|statuscode|code|error)*2[0-9][0-9]([a-z].*)?$') }} then 'success'
        when {{ matches_pattern(status_word(word), '^(http(/[123][01]?)?|status|statuscode|code|error)*[45][0-9][0-9]([a-z].*)?$') }} then 'error'
        when {{ matches_pattern(status_word(word), '^(no|zero|0|without)(errors?|exceptions?|timeouts?)$|^errors?(none|null|no|false|0)$') }} then 'unknown'
        when {{ matches_pattern(status_word(word), 'error|exception|timeout|timedout') }} then 'error'
        else 'unknown'
    end
{%- endmacro %}


{#-
  Whether an event says that its call is over for a reason other than an answer: it names an error code, or a status that is neither a
  success nor a word for going on. It is then no state of an answer that grows.
-#}
{% macro is_ended_without_answer(word, error_code) -%}
    (
        ({{ error_code }} is not null and not {{ is_one_of('lower(' ~ trimmed(error_code) ~ ')', id_placeholders()) }})
        or (
            {{ attempt_status(word) }} <> 'success'
            and {{ word }} is not null
            and not {{ is_one_of(status_word(word), status_words().going_on) }}
        )
    )
{%- endmacro %}


{#- Whether the word for how a call went says that its cap, or the model's, cut the answer off. -#}
{% macro is_truncated(word) -%}
    {{ is_one_of(status_word(word), status_words().truncated) }}
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
        'reported_cost', 'reported_cost_currency', 'has_differing_counts'
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


{#- What an event says of its cost beside its tokens and reported_cost_usd. -#}
{% macro cost_fields() -%}
    {{- return(['input_meaning', 'has_differing_counts', 'is_cache_hit', 'tool_fee_usd', 'reported_cost', 'reported_cost_currency']) -}}
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
    ] + cost_fields() + [
        'unreadable_value', 'agent_name', 'parent_request_id', 'trace_id', 'source_system'
    ]) -}}
{%- endmacro %}


{#- What is known of every delivery of a request that was delivered more than once. -#}
{% macro delivery_columns() -%}
    {{- return([
        'request_hash', 'event_date', 'occurred_at', 'ingested_at', 'source_file', 'source_line'
    ] + delivered_fields()) -}}
{%- endmacro %}


{#- The UTC date from which a delivery was known. A clock that was behind when it was loaded does not make it known before it was. -#}
{% macro known_on() -%} cast(greatest(ingested_at, occurred_at) as date) {%- endmacro %}


{#- What an attempt keeps of the delivery that won. -#}
{% macro attempt_columns() -%}
    request_id, reused_request_id, external_request_id, event_date, occurred_at, source_file,
    {{ delivered_fields() | reject('in', ['external_request_id', 'sent_occurred_at']) | join(', ') }}
{%- endmacro %}
