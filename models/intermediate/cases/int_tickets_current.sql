-- grain: one row a ticket (or conversation with a row in the help desk), in its newest version
{{ config(
    materialized='incremental',
    unique_key='ticket_id',
    meta={'affected_by': 'int_tickets_changed', 'dated_by': 'opened_at'}
) }}

{% if is_incremental() -%}
select {{ ticket_fields() | join(', ') }} from {{ ref('int_tickets_changed') }}
{%- else -%}
-- depends_on: {{ ref('int_tickets_changed') }}
with delivered as (

    select {{ ticket_fields() | join(', ') }} from {{ ref('stg_helpdesk__tickets') }}
    where
        corrupt_record is null
        and ticket_id is not null

),

{{ newest_versions('delivered', 'ticket_id', 'updated_at', ticket_fields()) }}
{%- endif %}
