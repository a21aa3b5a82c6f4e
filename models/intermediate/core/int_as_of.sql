-- grain: one row: the moment that the reports speak for
{{ config(materialized='table') }}

select
    coalesce(
        {%- if var('as_of') %}
        {{ to_timestamp("'" ~ var('as_of') ~ "'") }},
        {{ stop_with("The variable as_of is no time.") }},
        {%- endif %}
        (
            select max(attempts.occurred_at)
            from {{ ref('int_attempts_costed') }} as attempts
            where
                attempts.request_date
                = (select max(newest.request_date) from {{ ref('int_attempts_costed') }} as newest)
        ),
        (select max(tickets.updated_at) from {{ ref('int_tickets_current') }} as tickets)
    ) as as_of
