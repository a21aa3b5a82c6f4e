{#-
  What endpoint_economics counts, additive over every dimension: a name, how it is counted over attempts, and how sums of it
  are added up. A request counts once: where it began (its first attempt), and as ended and successful where its last attempt
  was. So sums over models, versions and days are right although a fallback or midnight may part a request.
-#}
{% macro usage_measures() -%}
    {%- set counts = {
        'requests': 'attempt_index = 1',
        'ended_requests': 'is_final',
        'successful_requests': "is_final and status = 'success'",
        'attempts': 'true',
        'retries': 'is_retry',
        'fallbacks': 'is_fallback',
        'failed_attempts': "status = 'error'",
        'unknown_status_attempts': "status = 'unknown'",
        'unobserved_attempts':
            'coalesce(input_tokens, cached_input_tokens, cache_write_tokens, output_tokens) is null',
        'output_capped_attempts': 'output_tokens is not null and output_token_cap is not null',
        'output_cap_breaches': 'output_tokens > output_token_cap',
        'truncated_attempts': 'output_tokens >= max_output_tokens',
    } -%}
    {%- set tokens = {
        'input_tokens': 'input_tokens',
        'cached_input_tokens': 'cached_input_tokens',
        'cache_write_tokens': 'cache_write_tokens',
        'output_tokens': 'output_tokens',
        'reasoning_tokens': 'reasoning_tokens',
        'output_tokens_over_cap': 'case when output_tokens > output_token_cap then output_tokens - output_token_cap end',
    } -%}
    {%- set measures = [] -%}
    {%- for name, condition in counts.items() -%}
        {%- do measures.append({
            'name': name, 'counted': 'count(*) filter (where ' ~ condition ~ ')', 'added': whole_sum(name)
        }) -%}
    {%- endfor -%}
    {%- for name, expression in tokens.items() -%}
        {%- do measures.append({'name': name, 'counted': whole_sum(expression), 'added': whole_sum(name)}) -%}
    {%- endfor -%}
    {%- for name in ['cost_usd', 'waste_cost_usd'] -%}
        {%- do measures.append({'name': name, 'counted': sum_usd(name), 'added': sum_usd(name)}) -%}
    {%- endfor -%}
    {{- return(measures) -}}
{%- endmacro %}


{#- What usage is kept by, day by day; a value that is not known is 'unknown'. -#}
{% macro usage_dimensions() -%}
    {{- return({
        'use_case': 'attempts.use_case',
        'endpoint_tag': 'attempts.endpoint_tag',
        'stage': 'attempts.stage',
        'intent': 'attempts.intent',
        'provider': 'attempts.provider',
        'model': model_name('attempts'),
        'model_tier': 'attempts.model_tier',
        'prompt_version': 'attempts.prompt_version',
    }) -}}
{%- endmacro %}


{#- A model by the name of the price book, so that a dated id is the model that it dates; else as sent. -#}
{% macro model_name(attempts) -%} coalesce({{ attempts }}.priced_model, {{ attempts }}.model) {%- endmacro %}


{#- A sum of whole numbers; NULL where every value is unknown. -#}
{% macro whole_sum(expression) -%} cast(sum({{ expression }}) as bigint) {%- endmacro %}


{#- Input and output tokens together; one part alone counts as it is, NULL where neither is known. -#}
{% macro all_tokens(input_tokens='input_tokens', output_tokens='output_tokens') -%}
    case
        when coalesce({{ input_tokens }}, {{ output_tokens }}) is not null
            then coalesce({{ input_tokens }}, 0) + coalesce({{ output_tokens }}, 0)
    end
{%- endmacro %}
