-- grain: one row a workflow or case that this run adds up and judges again, with what it was before
-- depends_on: {{ ref('int_affected_dates') }}
-- depends_on: {{ ref('int_workflow_days') }}
-- depends_on: {{ ref('int_tickets_changed') }}
{{ config(materialized='table') }}
{%- set cases_before = previous_build('fct_tickets') %}

{% if cases_before is none -%}
select
    cast(null as {{ type_text() }}) as workflow_id,
    cast(null as boolean) as is_on_affected_date,
    cast(null as date) as first_date,
    cast(null as {{ type_text() }}) as state_before,
    cast(null as boolean) as was_mature,
    cast(null as date) as opened_on_before,
    cast(null as date) as resolved_on_before
from {{ ref('int_workflows_to_judge') }}
where false
{%- else -%}
with affected as (

    select * from {{ ref('int_workflows_to_judge') }}

),

known_cases as (

    {{ rows_with_key(cases_before, 'ticket_id', 'select affected.workflow_id from affected', 'opened_at') }}

),

first_dates as (

    select
        workflow_id,
        min(request_date) as first_date
    from {{ ref('int_workflow_days') }}
    where workflow_id in (select affected.workflow_id from affected)
    group by workflow_id

)

select
    affected.workflow_id,
    affected.is_on_affected_date,
    least(
        first_dates.first_date,
        cast(cases.opened_at as date),
        cast(tickets.opened_at as date),
        -- What such a workflow has lost was on one of these dates, and may have come before all that is left of it.
        case
            when affected.is_on_affected_date
                then (select min(dates.event_date) from {{ ref('int_affected_dates') }} as dates)
        end
    ) as first_date,
    {{ case_state('cases') }} as state_before,
    coalesce(cases.is_mature, false) as was_mature,
    cast(cases.opened_at as date) as opened_on_before,
    cast(cases.resolved_at as date) as resolved_on_before
from affected
left join first_dates on affected.workflow_id = first_dates.workflow_id
left join known_cases as cases on affected.workflow_id = cases.ticket_id
left join {{ ref('int_tickets_changed') }} as tickets on affected.workflow_id = tickets.ticket_id
{%- endif %}
