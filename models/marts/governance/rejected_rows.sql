-- grain: one row a raw row that could not be used, with the reason; identical rows that were rejected are each a row
{%- set keyed_tables = {
    'tickets': ['stg_helpdesk__tickets', ['ticket_id']],
    'workflow_outcomes': ['stg_applications__workflow_outcomes', ['workflow_id']],
    'provider_invoices': ['stg_billing__provider_invoices', ['provider', 'billing_month']],
} %}

with rejected as (

    select
        'llm_requests' as raw_table,
        reject_reason as reason,
        detail,
        external_request_id as row_id,
        source_file,
        source_line
    from {{ ref('int_deliveries_rejected') }}
    {%- for raw_table, (staged, key_columns) in keyed_tables.items() %}

    union all

    select
        '{{ raw_table }}' as raw_table,
        case when corrupt_record is not null then 'unparsable_line' else 'missing_key' end as reason,
        coalesce(corrupt_record, 'no {{ key_columns | join(" or no ") }}') as detail,
        cast(null as {{ type_text() }}) as row_id,
        source_file,
        source_line
    from {{ ref(staged) }}
    where
        corrupt_record is not null
        {%- for key_column in key_columns %}
        or {{ key_column }} is null
        {%- endfor %}
    {%- endfor %}

),

numbered as (

    select
        *,
        row_number() over (
            partition by raw_table, reason, detail, row_id, source_file, source_line
            order by raw_table
        ) as copy_number
    from rejected

)

select
    {{ hash_key(joined_text([
        'raw_table', 'reason', 'detail', 'row_id', 'source_file', 'source_line', 'copy_number'
    ])) }} as rejected_row_key,
    raw_table,
    reason,
    detail,
    row_id,
    source_file,
    source_line
from numbered
