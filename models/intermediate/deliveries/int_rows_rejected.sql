-- grain: one row a ticket, outcome or invoice row that was rejected
-- depends_on: {{ ref('int_affected_files') }}
{{ config(materialized='incremental', unique_key='source_file', meta={'affected_by': 'int_affected_files'}) }}
{% for raw_table, (staged, key_columns) in keyed_raw_tables().items() %}
select
    '{{ raw_table }}' as raw_table,
    case when corrupt_record is not null then 'unparsable_line' else 'missing_key' end as reason,
    coalesce(corrupt_record, 'no {{ key_columns | join(" or no ") }}') as detail,
    source_file,
    source_line
from {{ ref(staged) }}
where
    (corrupt_record is not null or {{ key_columns | join(' is null or ') }} is null)
    and {{ is_in_affected_file() if is_incremental() else 'true' }}
{{ "union all" if not loop.last }}
{%- endfor %}
