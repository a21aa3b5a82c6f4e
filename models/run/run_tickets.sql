-- grain: one row a ticket whose newest version is not the one that the last run left, or that has none any more; none
-- in a whole run
-- depends_on: {{ ref('stg_landing__files') }}
-- depends_on: {{ ref('run_files') }}
-- depends_on: {{ ref('run_version_files') }}
{{ config(materialized='table') }}

{{ changed_versions(
    raw_table='tickets',
    staged=ref('stg_helpdesk__tickets'),
    kept=compared_build('int_tickets_current'),
    key='ticket_id',
    moments=['updated_at', 'ingested_at'],
    date_column='opened_at',
    fields=ticket_fields()
) }}
