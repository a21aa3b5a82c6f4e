-- grain: one row a raw table and a field in which values were given that cannot be read
{{ config(materialized='view') }}

with found as (

    select
        raw_table,
        field,
        unreadable_values,
        example
    from {{ ref('int_values_unreadable') }}

    union all

    select
        'llm_requests' as raw_table,
        field,
        unreadable_values,
        example
    from {{ ref('int_telemetry_values_unreadable') }}

    union all

    -- A word that no row of ticket_statuses has; of the tickets as they are now, because the seed may learn it.
    select
        'tickets' as raw_table,
        'status' as field,
        count(*) as unreadable_values,
        min(concat('status: ', {{ masked_excerpt('status') }})) as example
    from {{ ref('fct_tickets') }}
    where
        status is not null
        and status_category is null
    having count(*) > 0

)

select
    raw_table,
    field,
    cast(sum(unreadable_values) as bigint) as unreadable_values,
    min(example) as example
from found
group by
    raw_table,
    field
