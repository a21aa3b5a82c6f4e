-- Every raw row is an attempt (or the current version of its entity), a replaced delivery, or a rejected row.
with raw_rows as (

    select
        'llm_requests' as raw_table,
        count(*) as row_count
    from {{ ref('stg_telemetry__llm_requests') }}

    union all

    select
        'tickets' as raw_table,
        count(*) as row_count
    from {{ ref('stg_helpdesk__tickets') }}

),

ends as (

    select
        'llm_requests' as raw_table,
        (select count(*) from {{ ref('fct_attempts') }})
        + (select count(*) from {{ ref('redeliveries') }})
        + (
            select count(*)
            from {{ ref('rejected_rows') }}
            where raw_table = 'llm_requests'
        ) as row_count

    union all

    select
        'tickets' as raw_table,
        (select count(*) from {{ ref('int_tickets_current') }})
        + (
            select count(*)
            from {{ ref('rejected_rows') }}
            where raw_table = 'tickets'
        )
        + (
            select count(ticket_id) - count(distinct ticket_id)
            from {{ ref('stg_helpdesk__tickets') }}
            where corrupt_record is null
        ) as row_count

)

{{ differences('raw_rows', 'ends', ['raw_table'], ['row_count']) }}
