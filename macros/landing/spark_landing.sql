{#- Landing folders on Spark: not read. -#}
{% macro spark__require_folder(folder) -%}
    {{- exceptions.raise_compiler_error(
        "Landing folders are read on DuckDB only. On Spark name the tables that hold the raw data: "
        ~ "--vars '{llm_requests_identifier: ..., llm_requests_schema: ...}' (docs/spark.md)."
    ) -}}
{%- endmacro %}


{% macro spark__stage_landing() -%} {%- do spark__require_folder(none) -%} {%- endmacro %}
