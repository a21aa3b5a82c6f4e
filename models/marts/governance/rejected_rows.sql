-- grain: one row a raw row that could not be used, with the reason; identical rows that were rejected are each a row
with rejected as (

    select
        'llm_requests' as raw_table,
        reject_reason as reason,
        detail,
        external_request_id as row_id,
        source_file,
        source_line
    from {{ ref('int_deliveries_rejected') }}

    union all

    select
        raw_table,
        reason,
        detail,
        cast(null as {{ type_text() }}) as row_id,
        source_file,
        source_line
    from {{ ref('int_rows_rejected') }}

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
