{#- The grains at which unit economics are reported. Weeks start on Monday. -#}
{% macro period_grains() -%} {{- return(['day', 'week', 'month']) -}} {%- endmacro %}

{#- What a period's cases are cut by; `all` is the total. An attribute that is not known shows as 'unknown'. -#}
{% macro case_segments() -%}
    {{- return(['tenant', 'intent', 'queue', 'channel', 'automation_class', 'project']) -}}
{%- endmacro %}
