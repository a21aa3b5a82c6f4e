-- grain: one row: the moment that the reports speak for, and the one that the last run spoke for
{{ config(materialized='table') }}
{%- set before = previous_build('int_as_of') %}

select
    coalesce(
        {{ "cast('" ~ var('as_of') ~ "' as timestamp)" if var('as_of') else 'cast(null as timestamp)' }},
        (
            select max(attempts.occurred_at)
            from {{ ref('fct_attempts') }} as attempts
            where attempts.request_date = (select max(newest.request_date) from {{ ref('fct_attempts') }} as newest)
        ),
        (select max(tickets.updated_at) from {{ ref('int_tickets_current') }} as tickets)
    ) as as_of,
    {%- if before is not none %}
    (select last_run.as_of from {{ before }} as last_run) as previous_as_of
    {%- else %}
    cast(null as timestamp) as previous_as_of
    {%- endif %}
