{#- What is missing beside what is there. -#}

{#- Whether two values are not the same, where either may be missing: sqlfluff cannot read IS DISTINCT FROM. -#}
{% macro is_different(left, right) -%} not coalesce({{ left }} = {{ right }}, {{ left }} is null and {{ right }} is null) {%- endmacro %}

{#-
  A value, and the label where it is missing. A value that reads like the label, or like one of `other_labels`, is shown with ~ before
  it, and so is one that reads like that: no value passes for a missing one, and no two for one. ('unknown' is no such label: who
  sends it says that the value is missing.)
-#}
{% macro labelled(value, label, other_labels=[]) -%}
    case
        when {{ value }} is null then '{{ label }}'
        when replace({{ value }}, '~', '') in ('{{ ([label] + other_labels) | join("', '") }}') then concat('~', {{ value }})
        else {{ value }}
    end
{%- endmacro %}
