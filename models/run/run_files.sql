-- grain: one row a raw file that no run has taken in, that has changed since, or that is gone; and every raw table
-- that is no folder, which may be updated anywhere
{{ config(materialized='table') }}
{%- set tables = [] %}
{%- for raw_table in raw_fields() if raw_table_origin(raw_table) != 'landing' %}
{%- do tables.append(raw_table_as_file(raw_table) | replace("'", "''")) %}
{%- endfor %}

with listed as (

    select * from {{ raw_input_relation('landing_files') }}

),

loaded as (

    select * from {{ run_state('loaded_files') }}

)

select distinct coalesce(listed.source_file, loaded.source_file) as source_file
from listed
full outer join loaded
    on
        listed.source_file = loaded.source_file
        and listed.file_size = loaded.file_size
        and listed.modified_at = loaded.modified_at
where
    listed.source_file is null
    or loaded.source_file is null
{%- if not run_is_whole() %}
{%- for taken_in in ['run_file_dates', 'int_rows_rejected'] if previous_build(taken_in) is not none %}

union

-- what a run that broke off has taken in, and is gone
select source_file
from {{ previous_build(taken_in) }}
where source_file not in (select listed.source_file from listed)
{%- endfor %}
{%- endif %}
{%- for source_file in tables %}

union

select '{{ source_file }}' as source_file
{%- endfor %}
