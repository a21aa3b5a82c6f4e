{#-
  An id as sent, without blanks around it; NULL where the text only stands for a missing one, as exporters write it. Else calls of
  strangers would be one request, and their costs one case.
-#}
{% macro to_id(column) -%}
    {%- set sent = trimmed('cast(' ~ column ~ ' as ' ~ type_text() ~ ')') -%}
    case when lower({{ sent }}) not in ({{ quoted_words(id_placeholders()) }}) then {{ sent }} end
{%- endmacro %}


{#- What is written where there is no id. 0.0 is the 0 of a column that was numbers. -#}
{% macro id_placeholders() -%}
    {{- return([
        '', '-', '0', '0.0', 'n/a', 'nan', 'nil', 'none', 'null', 'undefined',
        '00000000-0000-0000-0000-000000000000', '00000000000000000000000000000000'
    ]) -}}
{%- endmacro %}
