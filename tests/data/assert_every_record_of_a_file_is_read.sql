-- What a file of the landing folder holds is counted by its lines when it is first seen; the reader that the models read it by gives
-- as many rows. A reader that stops, or that counts a line twice, is seen here. A part of a run looks at the files that it took in.
{%- set staged_tables = {'llm_requests': 'stg_telemetry__llm_requests'} %}
{%- for raw_table, (staged, key_columns) in keyed_raw_tables().items() %}
{%- do staged_tables.update({raw_table: staged}) %}
{%- endfor %}

with counted as (

    select
        raw_table,
        source_file,
        records
    from {{ ref('stg_landing__files') }}
    where
        records > 0
        and {{ in_run_files('new_files') }}

),

found as (
    {% for raw_table, staged in staged_tables.items() %}
    select
        '{{ raw_table }}' as raw_table,
        source_file,
        count(*) as records
    from {{ ref(staged) }}
    where
        {{ raw_table_origin(raw_table) == 'landing' }}
        and {{ in_run_files('new_files') }}
    group by source_file
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

{{ differences('counted', 'found', ['raw_table', 'source_file'], ['records']) }}
