{#- A timestamp shifted by hours (an expression; may be NULL). -#}
{% macro add_hours(timestamp, hours) -%} {{ return(adapter.dispatch('add_hours', 'llm_costs')(timestamp, hours)) }} {%- endmacro %}
{% macro default__add_hours(timestamp, hours) -%} ({{ timestamp }} + to_hours(cast({{ hours }} as bigint))) {%- endmacro %}
{% macro spark__add_hours(timestamp, hours) -%}
    ({{ timestamp }} + make_dt_interval(0, cast({{ hours }} as int), 0, 0))
{%- endmacro %}

{#- The first day of the period that a date falls into; weeks start on Monday on both engines. -#}
{% macro period_start(period_grain, date) -%} cast(date_trunc('{{ period_grain }}', {{ date }}) as date) {%- endmacro %}

{#- The Monday of the week that a date falls into. -#}
{% macro week_start(date) -%} {{ period_start('week', date) }} {%- endmacro %}

{#- The first day after a period. -#}
{% macro next_period_start(period_grain, period_start) -%}
    {%- set interval = {'day': "interval '1' day", 'week': "interval '7' day", 'month': "interval '1' month"}[period_grain] -%}
    cast({{ period_start }} + {{ interval }} as date)
{%- endmacro %}

{#- The first day after a period whose grain is a column. -#}
{% macro next_period_start_of(period_grain, period_start) -%}
    case {{ period_grain }}
        {%- for grain in period_grains() %}
        when '{{ grain }}' then {{ next_period_start(grain, period_start) }}
        {%- endfor %}
    end
{%- endmacro %}

{#- The hour of a timestamp, as the timestamp of its start. -#}
{% macro hour_start(timestamp) -%} cast(date_trunc('hour', {{ timestamp }}) as timestamp) {%- endmacro %}

{#- A timestamp as whole microseconds since 1970, exact. -#}
{% macro microseconds(timestamp) -%} {{ return(adapter.dispatch('microseconds', 'llm_costs')(timestamp)) }} {%- endmacro %}
{% macro default__microseconds(timestamp) -%} epoch_us({{ timestamp }}) {%- endmacro %}
{% macro spark__microseconds(timestamp) -%} unix_micros({{ timestamp }}) {%- endmacro %}

{#- Days from one date to another; NULL where one is not known. -#}
{% macro days_between(first, last) -%} {{ return(adapter.dispatch('days_between', 'llm_costs')(first, last)) }} {%- endmacro %}
{% macro default__days_between(first, last) -%} date_diff('day', {{ first }}, {{ last }}) {%- endmacro %}
{% macro spark__days_between(first, last) -%} datediff({{ last }}, {{ first }}) {%- endmacro %}
