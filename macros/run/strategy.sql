{#-
  The incremental strategy on engines with DELETE: what is on the model's list leaves the table and comes back as rebuilt, also
  what has lost its last row, which a strategy that deletes by the new rows would keep. All statements are one transaction.
  `unique_key` is looked up in the list that `meta.in_run` names; `meta.dated_by` is the date by which storage skips the older
  part. In a whole run everything leaves. Spark builds whole.
  Only what is on the list comes back: in a run that leaves views out, they may still be those of a whole run, which hold everything.
-#}
{% macro get_incremental_in_run_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set meta = model.config.meta -%}
    {%- set list = meta.get('in_run', 'dates') -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ in_run(arg_dict['unique_key'], list, meta.get('dated_by')) }};

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    where {{ in_run(arg_dict['unique_key'], list) }}
{%- endmacro %}

{#-
  What such a model rebuilds goes straight into its table: the adapter would first write it to a temporary table, and then
  write it again. So the model's query runs after the delete, and must not read its own rows of the list; what does (run_prices,
  run_tickets) is a table of the planner.
-#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- if temporary and language == 'sql' and config.get('incremental_strategy') == 'in_run' -%}
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
