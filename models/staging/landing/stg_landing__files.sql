-- grain: one row a file of the landing folder, whether it is read or not
with inspected as (

    select * from {{ source('raw_input', 'inspected_files') }}

),

skipped as (

    select * from {{ source('raw_input', 'skipped_files') }}

)

select
    raw_table,
    source_file,
    file_size,
    modified_at,
    records,
    has_known_fields,
    looks_like,
    cast(null as {{ type_text() }}) as skipped_because
from inspected

union all

select
    raw_table,
    source_file,
    file_size,
    cast(null as timestamp) as modified_at,
    cast(null as bigint) as records,
    cast(null as boolean) as has_known_fields,
    cast(null as {{ type_text() }}) as looks_like,
    reason as skipped_because
from skipped
