-- grain: one row a ticket whose newest version is not the one that the last run left; none when tickets are built whole
-- depends_on: {{ source('raw_input', 'last_run') }}
{{ config(materialized='table') }}
{%- set history = previous_build('int_tickets_current') %}

with delivered as (

    select {{ ticket_fields() | join(', ') }} from {{ ref('stg_helpdesk__tickets') }}
    where
        corrupt_record is null
        and ticket_id is not null
        and {{ may_be_new_version('tickets') if history is not none else 'false' }}

)
{%- if history is not none %},

known as (

    select {{ ticket_fields() | join(', ') }}
    from (
        {{ rows_with_key(history, 'ticket_id', 'select delivered.ticket_id from delivered', 'opened_at') }}
    ) as found

),

newest as (

    select
        *,
        {{ version_hash(ticket_fields()) }} as version_hash
    from (
        select * from delivered
        union all
        select * from known
    ) as versions
    qualify row_number() over ({{ newest_version('ticket_id', 'updated_at', ticket_fields()) }}) = 1

)

select {{ ticket_fields() | join(', ') }}
from newest
where
    version_hash not in (
        select {{ version_hash(ticket_fields()) }}
        from known
    )
    -- What that run took in is the newest version by now, and has not reached the facts.
    or {{ last_run_broke_off() }}
{%- else %}

select * from delivered
{%- endif %}
