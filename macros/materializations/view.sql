{#-
  Views on DuckDB are replaced in one statement, as dbt does on engines that can. The adapter creates a second one, renames both and
  drops the first, which takes twice as long, and a run replaces sixty.
-#}
{% materialization view, adapter='duckdb' %}
    {%- set built = create_or_replace_view() -%}
    {%- do persist_docs(built.relations[0], model) -%}
    {%- do adapter.commit() -%}
    {{ return(built) }}
{% endmaterialization %}


{% macro duckdb__create_view_as(relation, sql) -%}
    {%- if config.get('contract').enforced -%} {{ get_assert_columns_equivalent(sql) }} {%- endif %}
    create or replace view {{ relation }} as (
        {{ sql }}
    );
{%- endmacro %}
