-- Every raw row is an attempt (or the current version of its entity), a replaced delivery, or a rejected row.
with delivered as (

    select ticket_id
    from {{ ref('stg_helpdesk__tickets') }}
    where
        corrupt_record is null
        and {{ touched_files('new_files') }}

),

raw_rows as (

    select
        'llm_requests' as raw_table,
        count(*) as row_count
    from {{ ref('int_deliveries_validated') }}
    where
        {{ touched_files('files') }}
        and {{ touched('event_date', 'dates') }}

    union all

    select
        'tickets' as raw_table,
        count(*) as row_count
    from {{ ref('stg_helpdesk__tickets') }}
    where {{ touched_files('new_files') }}

    union all

    select
        'rejected_rows' as raw_table,
        count(*) as row_count
    from {{ ref('rejected_rows') }}

),

ends as (

    select
        'llm_requests' as raw_table,
        {%- for end, date in {
            'fct_attempts': 'request_date', 'redeliveries': 'request_date', 'int_deliveries_rejected': 'event_date'
        }.items() %}
        (
            select count(*)
            from {{ ref(end) }}
            where {{ touched(date, 'dates') }}
        ){{ " +" if not loop.last }}
        {%- endfor %} as row_count

    union all

    select
        'tickets' as raw_table,
        (
            select count(*)
            from {{ ref('int_tickets_current') }}
            where {{ 'true' if tests_all_files() else 'ticket_id in (select delivered.ticket_id from delivered)' }}
        )
        + (
            select count(*)
            from {{ ref('rejected_rows') }}
            where
                raw_table = 'tickets'
                and {{ touched_files('new_files') }}
        )
        + (
            select count(ticket_id) - count(distinct ticket_id)
            from delivered
        ) as row_count

    union all

    -- The mart of what was rejected is both tables of it.
    select
        'rejected_rows' as raw_table,
        (select count(*) from {{ ref('int_deliveries_rejected') }})
        + (select count(*) from {{ ref('int_rows_rejected') }}) as row_count

)

{{ differences('raw_rows', 'ends', ['raw_table'], ['row_count']) }}
