-- grain: one row a ticket, outcome or invoice row that was rejected
-- depends_on: {{ ref('run_files') }}
{{ config(materialized='incremental', unique_key='source_file', meta={'in_run': 'new_files'}) }}
{% for raw_table, (staged, key_columns) in keyed_raw_tables().items() %}
select
    '{{ raw_table }}' as raw_table,
    case when corrupt_record is not null then 'unparsable_line' else 'missing_key' end as reason,
    coalesce({{ masked_excerpt('corrupt_record') }}, 'no {{ key_columns | join(" or no ") }}') as detail,
    source_file,
    source_line
from {{ ref(staged) }}
where
    (corrupt_record is not null or {{ key_columns | join(' is null or ') }} is null)
    and {{ in_run_files('new_files') }}
{{ "union all" if not loop.last }}
{%- endfor %}
