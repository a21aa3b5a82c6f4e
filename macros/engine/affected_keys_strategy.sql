{#-
  The incremental strategy on engines with DELETE: every affected key leaves the table and comes back as rebuilt, also one
  that has lost its last row, which a strategy that deletes by the new rows would keep. All statements are one transaction.
  `unique_key` names the columns, `meta.affected_by` the model that lists the affected keys, `meta.dated_by` (of a table by
  workflow) the date by which its older part is skipped. Spark builds whole.
-#}
{% macro get_incremental_affected_keys_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set keys = arg_dict['unique_key'] -%}
    {%- set keys = [keys] if keys is string else keys -%}
    {%- set meta = model.config.meta -%}
    {%- set affected_by = meta.get('affected_by', 'int_affected_dates') -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ is_on_affected_list(keys, affected_by, meta.get('dated_by')) }};
    {%- if meta.get('dated_by') %}

    delete from {{ arg_dict['target_relation'] }}
    where
        {{ is_on_affected_list(keys, affected_by) }}
        and {{ meta.dated_by }} is null;
    {%- endif %}

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{#-
  What such a model rebuilds goes straight into its table: the adapter would first write it to a temporary table, and then
  write it again. So the model's query runs after the delete, and must not read its own rows of affected keys; a model
  upstream that does (int_prices_kept) is a table.
-#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- if temporary and language == 'sql' and config.get('incremental_strategy') == 'affected_keys' -%}
        {%- if config.get('contract').enforced -%} {{ get_assert_columns_equivalent(compiled_code) }} {%- endif %}
        create or replace temporary view {{ relation.include(database=false, schema=false) }} as (
            {{ compiled_code }}
        )
    {%- else -%}
        {{ dbt.duckdb__create_table_as(
            temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by
        ) }}
    {%- endif -%}
{%- endmacro %}
