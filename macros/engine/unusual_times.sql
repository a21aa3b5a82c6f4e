{#-
  What no engine reads by itself: epoch seconds, milli-, micro- and nanoseconds, told apart by their 10, 13, 16 and 19 digits, T and Z
  in small letters, and a blank before or after. Only asked of what was not read, so that it costs nothing where times are as they should be.
-#}
{% macro unusual_timestamp(text) -%}
    case
        when {{ matches_pattern(text, '^[0-9]{10}([.][0-9]+)?$') }}
            then {{ timestamp_of_micros("try_cast(try_cast(" ~ text ~ " as decimal(38, 6)) * 1000000 as bigint)") }}
        when {{ matches_pattern(text, '^[0-9]{13}([.]0+)?$') }}
            then {{ timestamp_of_micros("try_cast(try_cast(" ~ text ~ " as decimal(38, 6)) * 1000 as bigint)") }}
        when {{ matches_pattern(text, '^[0-9]{16}([.]0+)?$') }}
            then {{ timestamp_of_micros("try_cast(try_cast(" ~ text ~ " as decimal(38, 6)) as bigint)") }}
        when {{ matches_pattern(text, '^[0-9]{19}$') }}
            then {{ timestamp_of_micros("try_cast(substr(" ~ text ~ ", 1, 16) as bigint)") }}
        when {{ matches_pattern(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]+)?( *(' ~ zone_pattern() ~ '))?$') }}
            then {{ timestamp_of_text(
                "trim(concat(substr(" ~ text ~ ", 1, 10), ' ', "
                ~ "translate(replace(replace(upper(substr(" ~ text ~ ", 11)), 'UTC', 'Z'), 'GMT', 'Z'), 'T ', '')))"
            ) }}
    end
{%- endmacro %}

{#-
  What may follow a time: UTC by its three names, or an offset up to 18 hours, as far as any engine goes (no zone is beyond 14). Other
  names are not told: BST is an hour in London, six in Dhaka and eleven on Bougainville.
-#}
{% macro zone_pattern() -%}
    {{- return('[Zz]|UTC|utc|GMT|gmt|[-+](0[0-9]|1[0-7])(:?[0-5][0-9](:[0-5][0-9])?)?|[-+]18(:?00)?') -}}
{%- endmacro %}

{#- Whether a text has no zone, or one of zone_pattern(), or is a word for a moment. Most times end in a Z behind a digit, which is soon seen. -#}
{% macro has_known_zone(text) -%}
    (
        (right({{ text }}, 1) = 'Z' and right({{ text }}, 2) between '0' and '9Z')
        or {{ matches_pattern(text, '^ *([0-9]+[-/0-9]*([Tt ]+[0-9][0-9:.,]*)?( *(' ~ zone_pattern() ~ '))?|-?infinity|epoch) *$') }}
    )
{%- endmacro %}
{% macro timestamp_of_micros(micros) -%} {{ return(adapter.dispatch('timestamp_of_micros', 'llm_costs')(micros)) }} {%- endmacro %}
{% macro default__timestamp_of_micros(micros) -%} make_timestamp({{ micros }}) {%- endmacro %}
{% macro spark__timestamp_of_micros(micros) -%} timestamp_micros({{ micros }}) {%- endmacro %}
{% macro timestamp_of_text(text) -%} {{ return(adapter.dispatch('timestamp_of_text', 'llm_costs')(text)) }} {%- endmacro %}
{% macro default__timestamp_of_text(text) -%} cast(try_cast({{ text }} as timestamptz) as timestamp) {%- endmacro %}
{% macro spark__timestamp_of_text(text) -%} try_cast({{ text }} as timestamp) {%- endmacro %}
