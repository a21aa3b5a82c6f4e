{#- A query with a row where a relation exists. -#}
{% macro default__find_table(relation) -%}
    select 1 from information_schema.tables
    where lower(table_schema) = lower('{{ relation.schema }}') and lower(table_name) = lower('{{ relation.identifier }}')
{%- endmacro %}
{% macro spark__find_table(relation) -%} show tables in {{ relation.schema }} like '{{ relation.identifier }}' {%- endmacro %}
