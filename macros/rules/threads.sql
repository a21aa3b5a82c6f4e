{#-
  What the tokens of a call can say. A call that was rejected before it was read has 0 input tokens, and a count of a
  billion is beyond anything a model takes: neither is a size of a prompt.
-#}
{% macro observed_tokens(column) -%}
    case when {{ column }} between 1 and 999999999 then {{ column }} end
{%- endmacro %}


{#- A turn's place in its thread; a number that no conversation reaches is no place. -#}
{% macro observed_turn(column) -%}
    case when {{ column }} between 0 and 10000 then {{ column }} end
{%- endmacro %}


{#- A limit that a variable sets, one number for all endpoints or by tag; NULL where none is set. -#}
{% macro limit_by_endpoint(setting, endpoint_tag) -%}
    {%- set limits = dict(setting) if setting is mapping else {'default': setting} -%}
    {%- set default_limit = limits.pop('default', none) -%}
    {{ limit_by_word(limits, endpoint_tag, default_limit) }}
{%- endmacro %}


{#- One of several limits by what a column holds. -#}
{% macro limit_by_word(limits, column, default_limit=none) -%}
    {%- set otherwise = 'null' if default_limit is none else default_limit -%}
    cast(
        {%- if limits %}
        case
            {%- for word, limit in limits.items() %}
            when {{ column }} = '{{ word | replace("'", "''") }}' then {{ 'null' if limit is none else limit }}
            {%- endfor %}
            else {{ otherwise }}
        end
        {%- else %} {{ otherwise }} {%- endif %} as bigint
    )
{%- endmacro %}


{#- What the variable history_cap_tokens says of endpoints, of tiers of models and of plans of customers. -#}
{% macro history_caps() -%}
    {%- set setting = var('history_cap_tokens') -%}
    {%- set caps = {'endpoint': {}, 'model_tier': {}, 'plan': {}} -%}
    {%- for word, cap in (setting if setting is mapping else {'default': setting}).items() -%}
        {%- set kind = (word ~ ':').split(':')[0] -%}
        {%- set kind = kind if kind in ['model_tier', 'plan'] and ':' in word ~ '' else 'endpoint' -%}
        {%- do caps[kind].update({(word ~ '').removeprefix(kind ~ ':'): cap}) -%}
    {%- endfor -%}
    {{- return(caps) -}}
{%- endmacro %}


{#-
  The history cap of a call in input tokens a turn, by the variable history_cap_tokens: of those of its endpoint (or the default), of its model's
  tier and of its customer's plan the lowest; NULL where none is set.
-#}
{% macro history_cap_tokens(endpoint_tag, model_tier, plan_id) -%}
    {%- set caps = history_caps() -%}
    {%- set columns = {'model_tier': model_tier, 'plan': plan_id} -%}
    {%- set lowest_of = [limit_by_endpoint(caps.endpoint, endpoint_tag)] -%}
    {%- for kind, column in columns.items() if caps[kind] -%}
        {%- do lowest_of.append(limit_by_word(caps[kind], column)) -%}
    {%- endfor -%}
    {{ 'least(' ~ lowest_of | join(', ') ~ ')' if lowest_of | length > 1 else lowest_of[0] }}
{%- endmacro %}


{#- What input tokens by turn are shown for: from turn to turn, both included. -#}
{% macro turn_buckets() -%}
    {{- return([
        {'name': 'turn_1', 'from': 0, 'to': 1},
        {'name': 'turns_2_3', 'from': 2, 'to': 3},
        {'name': 'turns_4_6', 'from': 4, 'to': 6},
        {'name': 'turns_7_up', 'from': 7, 'to': 10000},
    ]) -}}
{%- endmacro %}
