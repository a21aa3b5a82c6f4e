-- grain: one row a ticket whose newest version is not the one that the last run left; none in a whole run
-- depends_on: {{ ref('run_files') }}
{{ config(materialized='table') }}

{{ changed_versions(
    staged=ref('stg_helpdesk__tickets'),
    kept=previous_build('int_tickets_current'),
    key='ticket_id',
    moment='updated_at',
    date_column='opened_at',
    fields=ticket_fields()
) }}
