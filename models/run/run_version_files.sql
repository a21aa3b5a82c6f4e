-- grain: one row a raw table of versions, a source file, and a key, by its hash, that a version in it has had
-- depends_on: {{ ref('run_files') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    meta={'in_run': 'new_files', 'touched_by': 'source_file'}
) }}

-- A file that is rewritten or gone no longer says whose versions it held.
with found as (
    {% for raw_table, (staged, key) in versioned_raw_tables().items() %}
    select distinct
        '{{ raw_table }}' as raw_table,
        source_file,
        {{ narrowing_hash(key) }} as key_hash
    from {{ ref(staged) }}
    where
        {{ raw_table_origin(raw_table) == 'landing' }}
        and corrupt_record is null
        and {{ key }} is not null
        and {{ in_run_files('new_files') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select *
from found
{% if is_incremental() -%}
where
    (raw_table, source_file, key_hash) not in (
        select (known.raw_table, known.source_file, known.key_hash)
        from {{ this }} as known
        where known.source_file in ({{ rewritten_files() }})
    )
{%- endif %}
