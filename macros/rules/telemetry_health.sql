{#-
  When a source of telemetry is behind (DECISIONS.md, "Telemetry health").
    rhythm_days       days with events, the last ones before, of which its rhythm is taken
    min_rhythm_days   from how many of them it is judged
    times_usual       behind is a silence of more than so many times the usual one
    min_hours         a shorter silence is none
    ended_days        a source that was silent for as many days has ended
-#}
{% macro telemetry_limits() -%}
    {{- return({'rhythm_days': 28, 'min_rhythm_days': 14, 'times_usual': 2, 'min_hours': 1, 'ended_days': 28}) -}}
{%- endmacro %}


{#- The microseconds between two times; NULL where one is. -#}
{% macro microseconds_between(earlier, later) -%}
    ({{ microseconds(later) }} - {{ microseconds(earlier) }})
{%- endmacro %}

{#- Microseconds as hours. -#}
{% macro as_hours(microseconds) -%} {{ microseconds }} / 3600000000e0 {%- endmacro %}
