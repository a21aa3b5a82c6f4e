{#-
  An id as sent, without blanks around it; NULL where the text only stands for a missing one, as exporters write it. Else calls of
  strangers would be one request, and their costs one case.
-#}
{% macro to_id(column) -%} {{ id_of(trimmed('cast(' ~ column ~ ' as ' ~ type_text() ~ ')')) }} {%- endmacro %}
{#- The same of a text that has no blanks around it (trimmed_columns). -#}
{% macro id_of(sent) -%}
    {#- Most ids are longer than any word for a missing one, and need no look in lower case. -#}
    {%- set words = id_placeholders() | reject('in', zero_uuids()) | list -%}
    case
        when
            length({{ sent }}) > {{ words | map('length') | max }}
            and not contains({{ sent }}, '000000000000')
            {%- for sign in id_templates() | map('first') | unique %}
            and left({{ sent }}, 1) <> '{{ sign }}'
            {%- endfor %}
            then {{ sent }}
        when
            not {{ is_one_of('lower(' ~ sent ~ ')', id_placeholders()) }}
            {%- for template in id_templates() %}
            and lower({{ sent }}) not like '{{ template }}'
            {%- endfor %}
            then {{ sent }}
    end
{%- endmacro %}


{#- What is written where there is no id. 0.0 is the 0 of a column that was numbers. -#}
{% macro id_placeholders() -%}
    {{- return([
        '', '-', '0', '0.0', 'n/a', 'nan', 'nil', 'none', 'null', 'undefined',
        'unknown', 'na', '#n/a', '(null)', '(none)', '<null>', '<none>', '[]', '{}', '[object object]'
    ] + zero_uuids()) -}}
{%- endmacro %}
{% macro zero_uuids() -%}
    {{- return([
        '00000000-0000-0000-0000-000000000000', '00000000000000000000000000000000',
        '{00000000-0000-0000-0000-000000000000}', 'urn:uuid:00000000-0000-0000-0000-000000000000'
    ]) -}}
{%- endmacro %}


{#-
  What is left of a template that nobody filled in, as patterns of LIKE: ${ticket_id}, {{ ticket.id }}, {ticket_id}. A UUID in braces
  ends in no such way.
-#}
{% macro id_templates() -%} {{- return(['$' ~ '{%}', '{' ~ '{%}' ~ '}', '{' ~ '%id}']) -}} {%- endmacro %}


{#- An id in lower case without a `.0` at its end: as it was before it was read as a number. -#}
{% macro id_before_numbers(id) -%}
    case when {{ id }} like '_%.0' then lower(substr({{ id }}, 1, length({{ id }}) - 2)) else lower({{ id }}) end
{%- endmacro %}


{#-
  What two ids have in common that may be one id written twice: neither case, nor a `.0` at the end, nor zeros at the beginning tell
  them apart. Ids are never joined by it: it is for looking.
-#}
{% macro id_core(id) -%}
    {%- set lowered = id_before_numbers(id) -%}
    case when {{ lowered }} like '0_%' then {{ replace_pattern(lowered, '^0+', '') }} else {{ lowered }} end
{%- endmacro %}


{#- What follows the prefix of an id such as ZD-1595; NULL where it has none. -#}
{% macro id_after_prefix(id) -%}
    case when {{ id }} like '_%-_%' then substr({{ id }}, instr({{ id }}, '-') + 1) end
{%- endmacro %}
