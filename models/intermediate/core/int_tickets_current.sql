-- grain: one row a ticket (or conversation with a row in the help desk), in its newest version
-- depends_on: {{ ref('stg_landing__files') }}
-- depends_on: {{ ref('run_tickets') }}
-- depends_on: {{ ref('stg_helpdesk__tickets') }}
{{ config(materialized='incremental', unique_key='ticket_id', meta={'in_run': 'tickets'}) }}

{% if not run_is_whole() -%}
select {{ ticket_fields() | join(', ') }} from {{ ref('run_tickets') }}
where not is_gone
{%- else -%}
with delivered as (

    select
        {{ ticket_fields() | join(', ') }},
        source_file,
        {{ place_in_file('tickets') }} as place
    from {{ ref('stg_helpdesk__tickets') }}
    where
        corrupt_record is null
        and ticket_id is not null

),

{{ newest_versions('tickets', 'delivered', 'ticket_id', ['updated_at', 'ingested_at'], ticket_fields()) }}
{%- endif %}
