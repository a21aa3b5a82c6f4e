{#- Whether a text matches a regular expression somewhere. -#}
{% macro matches_pattern(text, pattern) -%} {{ return(adapter.dispatch('matches_pattern', 'llm_costs')(text, pattern)) }} {%- endmacro %}
{% macro default__matches_pattern(text, pattern) -%} regexp_matches({{ text }}, '{{ pattern }}') {%- endmacro %}
{% macro spark__matches_pattern(text, pattern) -%} {{ text }} rlike '{{ pattern }}' {%- endmacro %}
