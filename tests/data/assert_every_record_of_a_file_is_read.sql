-- What a landing file holds is counted by its lines when it is first seen; the reader that the models read it by gives
-- as many rows. A reader that stops, or that gives a line twice, is seen here.
-- depends_on: {{ ref('run_files') }}
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
        and {{ touched_files('new_files') }}

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
        and {{ touched_files('new_files') }}
    group by source_file
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

{{ differences('counted', 'found', ['raw_table', 'source_file'], ['records']) }}
