-- grain: one row a ticket, outcome or invoice row that was rejected
-- depends_on: {{ ref('run_files') }}
{{ config(materialized='incremental', unique_key='source_file', meta={'in_run': 'new_files'}) }}
{% for raw_table, (staged, key_columns) in keyed_raw_tables().items() %}
{%- set withheld = 'withheld_kind' if raw_table in versioned_raw_tables() else 'cast(null as ' ~ type_text() ~ ')' %}
select
    '{{ raw_table }}' as raw_table,
    case
        when corrupt_record is not null then 'unparsable_line'
        when {{ withheld }} is not null then 'raw_identifier'
        else 'missing_key'
    end as reason,
    case
        when corrupt_record is not null then {{ masked_excerpt('corrupt_record') }}
        when {{ withheld }} is not null
            then concat('{{ key_columns[0] }}: ', {{ withheld }}, ', and no key to hash it by')
        else 'no {{ key_columns | join(" or no ") }}'
    end as detail,
    source_file,
    source_line
from {{ ref(staged) }}
where
    (corrupt_record is not null or {{ key_columns | join(' is null or ') }} is null)
    and {{ in_run_files('new_files') }}
{{ "union all" if not loop.last }}
{%- endfor %}
