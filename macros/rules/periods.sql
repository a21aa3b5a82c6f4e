{#- The grains at which unit economics are reported. Weeks start on Monday. -#}
{% macro period_grains() -%} {{- return(['day', 'week', 'month']) -}} {%- endmacro %}

{#- What a period's cases are cut by; `all` is the total. An attribute that is not known shows as 'unknown'. -#}
{% macro case_segments() -%}
    {{- return(['tenant', 'intent', 'queue', 'channel', 'automation_class', 'project']) -}}
{%- endmacro %}

{#- Whether a period, whose grain is a column, has passed at the moment that the reports speak for. -#}
{% macro period_has_passed(period_grain, period_start, as_of) -%}
    coalesce({{ as_of }} >= cast({{ next_period_start_of(period_grain, period_start) }} as timestamp), false)
{%- endmacro %}
