-- grain: one row a ticket whose newest version is not the one that the last run left; none when tickets are built whole
-- depends_on: {{ source('raw_input', 'last_run') }}
{{ config(materialized='table') }}

{{ changed_versions(
    staged=ref('stg_helpdesk__tickets'),
    raw_table='tickets',
    history=previous_build('int_tickets_current'),
    key='ticket_id',
    moment='updated_at',
    date_column='opened_at',
    fields=ticket_fields()
) }}
