-- grain: one row: the moment that the reports speak for
{{ config(materialized='table') }}

select
    coalesce(
        {{ "cast('" ~ var('as_of') ~ "' as timestamp)" if var('as_of') else 'cast(null as timestamp)' }},
        (
            select max(attempts.occurred_at)
            from {{ ref('fct_attempts') }} as attempts
            where attempts.request_date = (select max(newest.request_date) from {{ ref('fct_attempts') }} as newest)
        ),
        (select max(tickets.updated_at) from {{ ref('int_tickets_current') }} as tickets)
    ) as as_of
