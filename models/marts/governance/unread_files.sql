-- grain: one row a file of the landing folder that gives the warehouse nothing, with the reason
{{ config(materialized='table') }}

with files as (

    select * from {{ ref('stg_landing__files') }}

),

rejected as (

    select
        source_file,
        count(*) as rejected_records
    from {{ ref('rejected_rows') }}
    group by source_file

),

judged as (

    select
        files.*,
        case
            when files.skipped_because is not null then files.skipped_because
            when files.records > 0 and not files.has_known_fields then 'no_known_field'
            when files.records >= {{ least_records_of_an_export() }} and rejected.rejected_records = files.records
                then 'no_usable_record'
        end as reason
    from files
    left join rejected on files.source_file = rejected.source_file

)

select
    source_file,
    raw_table,
    reason,
    file_size,
    records,
    looks_like,
    case
        when reason = 'unknown_format'
            then 'Files are read as .jsonl, .ndjson, .json, .csv, .tsv (also .gz) and .parquet: save it as one of them.'
        when reason = 'unknown_raw_table'
            then 'It lies in none of the folders {{ raw_fields().keys() | join(", ") }}: move it into one.'
        when reason = 'unreadable' then 'A line of it has more than 16 MB: split it.'
        else 'Rename its fields to those of the input contract (docs/connect_your_data.md).'
    end as advice
from judged
where reason is not null
