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


{#- The history cap of an endpoint in input tokens a turn, one number for all or by tag; NULL where none is set. -#}
{% macro history_cap_tokens(endpoint_tag) -%}
    {%- set setting = var('history_cap_tokens') -%}
    {%- set caps = dict(setting) if setting is mapping else {'default': setting} -%}
    {%- set default_cap = caps.pop('default', none) -%}
    {%- set otherwise = 'null' if default_cap is none else default_cap -%}
    cast(
        {%- if caps %}
        case
            {%- for tag, cap in caps.items() %}
            when {{ endpoint_tag }} = '{{ tag | replace("'", "''") }}' then {{ 'null' if cap is none else cap }}
            {%- endfor %}
            else {{ otherwise }}
        end
        {%- else %} {{ otherwise }} {%- endif %} as bigint
    )
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
