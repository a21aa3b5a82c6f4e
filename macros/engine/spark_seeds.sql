{#-
  Seeds on Spark: the file is read by Spark itself, as DuckDB does it. dbt-spark's own way pastes every value into one
  INSERT without escaping it.
-#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set file = (model['root_path'] or '.') ~ '/' ~ model['original_file_path'] -%}
    {%- call statement('seed_file') -%}
        create or replace temporary view seed_file_{{ model['name'] }} using csv
        options (path '{{ file | replace("'", "\\'") }}', header 'true', multiLine 'true', quote '"', escape '"')
    {%- endcall -%}
    {%- set sql -%}
        insert into {{ this.render() }}
        select
            {%- for column in agate_table.column_names %}
            cast(`{{ column }}` as {{ types.get(column, adapter.convert_type(agate_table, loop.index0)) }}) as `{{ column }}`
            {{- "," if not loop.last }}
            {%- endfor %}
        from seed_file_{{ model['name'] }}
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{- return(sql) -}}
{% endmacro %}
