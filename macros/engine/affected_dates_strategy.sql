{#-
  The incremental strategy of the affected-dates rule on engines with DELETE: every affected date leaves the table and comes
  back as rebuilt, also a date that has lost its last row, which a strategy that deletes by the new rows would keep. Both
  statements are one transaction. `unique_key` names the date column. Spark overwrites the partitions instead.
-#}
{% macro get_incremental_affected_dates_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ arg_dict['unique_key'] }} in (select event_date from {{ ref('int_affected_dates') }});

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}
