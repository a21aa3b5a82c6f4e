-- grain: one row a file, raw table (no telemetry) and field in which a value was given that cannot be read
-- depends_on: {{ ref('run_files') }}
{{ config(materialized='incremental', unique_key='source_file', meta={'in_run': 'new_files'}) }}

with rows_with_some as (
    {% for raw_table, (staged, key_columns) in keyed_raw_tables().items() %}
    {#- Only what is new is read, and then looked at beside its file. #}
    {%- set new_rows = '(select * from ' ~ ref(staged) ~ ' where ' ~ in_run_files('new_files') ~ ')' %}
    select
        '{{ raw_table }}' as raw_table,
        source_file,
        {{ values_beyond_belief(raw_table) }} as unreadable_values
    from {{ bounded_versions(raw_table, new_rows) }} as versions
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

{{ unreadable_values_by('rows_with_some', ['raw_table', 'source_file']) }}
