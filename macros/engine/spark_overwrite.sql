{#-
  Parquet tables on Spark know no DELETE, and an overwrite that names no partitions would replace history by the dates of
  one run. So a second build into the same catalog must be a whole one.
-#}
{% macro get_insert_overwrite_sql(source_relation, target_relation, existing_relation) -%}
    {{- exceptions.raise_compiler_error(
        "On Spark every build is a whole one: run dbt build --full-refresh (docs/spark.md)."
    ) -}}
{%- endmacro %}
