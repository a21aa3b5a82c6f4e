{#- What a run on Spark remembers (load_state.sql). Parquet tables cannot be replaced in place: drop and create. -#}
{% macro spark__write_load_state() -%}
    {%- set loaded_through = raw_input_relation('loaded_through') -%}
    {%- set before = run_committed("select max(ingested_through) from " ~ loaded_through).rows[0][0] -%}
    {%- set seen = run_committed(
        "select max(seen_through) from " ~ previous_build('int_affected_dates', even_in_full_refresh=true)
    ).rows[0][0] -%}
    {%- set ingested_through = seen if seen is not none else before -%}
    {%- do run_committed("drop table if exists " ~ raw_input_relation('loaded_files')) -%}
    {%- do run_committed(
        "create table " ~ raw_input_relation('loaded_files') ~ " as select * from " ~ raw_input_relation('landing_files')
    ) -%}
    {%- set rows = [] -%}
    {%- for raw_table in raw_fields() -%}
        {%- do rows.append("('" ~ raw_table ~ "', '" ~ raw_origin_name(raw_table) | replace("'", "\\'") ~ "')") -%}
    {%- endfor -%}
    {%- do run_committed("drop table if exists " ~ loaded_through) -%}
    {%- do run_committed(
        "create table " ~ loaded_through ~ " as
        select
            origins.raw_table,
            origins.origin,
            '" ~ fact_settings() | replace("'", "\\'") ~ "' as settings,
            case
                when origins.raw_table = 'llm_requests'
                    then " ~ ("timestamp '" ~ ingested_through ~ "'" if ingested_through is not none else "null") ~ "
            end as ingested_through
        from values " ~ rows | join(', ') ~ " as origins (raw_table, origin)"
    ) -%}
{%- endmacro %}


{% macro spark__require_folder(folder) -%}
    {{- exceptions.raise_compiler_error(
        "Landing folders are read on DuckDB only. On Spark name the tables that hold the raw data: "
        ~ "--vars '{llm_requests_identifier: ..., llm_requests_schema: ...}' (docs/spark.md)."
    ) -}}
{%- endmacro %}


{% macro spark__stage_landing(raw_table) -%} {%- do spark__require_folder(none) -%} {%- endmacro %}


{#- Every build is a whole one on Spark, so nothing has to be remembered of the last. -#}
{% macro spark__begin_run() -%} {%- endmacro %}
{% macro spark__end_run(is_finished) -%} {%- endmacro %}
