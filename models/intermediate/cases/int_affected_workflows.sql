-- grain: one row a workflow or case that this run adds up and judges again; none when the facts are built whole
-- depends_on: {{ ref('int_affected_dates') }}
-- depends_on: {{ ref('int_workflow_days') }}
-- depends_on: {{ ref('int_tickets_changed') }}
-- depends_on: {{ ref('int_workflow_outcomes_changed') }}
-- depends_on: {{ ref('int_references_changed') }}
-- depends_on: {{ ref('int_as_of') }}
-- depends_on: {{ source('raw_input', 'last_run') }}
{{ config(materialized='table') }}
{%- set workflows_before = previous_build('fct_workflows') %}
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
from {{ ref('int_workflow_days') }}
where false
{%- else -%}
with affected as (

    select
        workflow_id,
        true as is_on_affected_date
    from {{ ref('int_workflow_days') }}
    where request_date in (select dates.event_date from {{ ref('int_affected_dates') }} as dates)

    union all

    select
        ticket_id as workflow_id,
        false as is_on_affected_date
    from {{ ref('int_tickets_changed') }}

    union all

    select
        workflow_id,
        false as is_on_affected_date
    from {{ ref('int_workflow_outcomes_changed') }}

    union all

    select
        reference_key as workflow_id,
        false as is_on_affected_date
    from {{ ref('int_references_changed') }}
    where reference_table = 'ticket_merges'
    {%- if workflows_before is not none %}

    union all

    -- those that had an attempt on such a date before and may have lost it
    select
        workflow_id,
        true as is_on_affected_date
    from {{ workflows_before }}
    where
        cast(started_at as date) in (select dates.event_date from {{ ref('int_affected_dates') }} as dates)
        or (
            cast(started_at as date) < cast(last_attempt_at as date)
            and last_attempt_at >= (select min(dates.event_date) from {{ ref('int_affected_dates') }} as dates)
            and cast(started_at as date) <= (select max(dates.event_date) from {{ ref('int_affected_dates') }} as dates)
        )

    union all

    select
        workflow_id,
        false as is_on_affected_date
    from {{ workflows_before }}
    where {{ all_cases_are_affected() }}
    {%- endif %}

    union all

    -- cases that the passing of time alone may change
    select
        ticket_id as workflow_id,
        false as is_on_affected_date
    from {{ cases_before }}
    where
        outcome in ({{ quoted_words(open_outcomes()) }})
        or (is_resolved and not is_mature)
        or {{ all_cases_are_affected() }}

),

named_once as (

    select
        workflow_id,
        bool_or(is_on_affected_date) as is_on_affected_date
    from affected
    group by workflow_id

),

first_dates as (

    select
        workflow_id,
        min(request_date) as first_date
    from {{ ref('int_workflow_days') }}
    where workflow_id in (select named_once.workflow_id from named_once)
    group by workflow_id

)

select
    affected.workflow_id,
    affected.is_on_affected_date,
    -- What such a workflow has lost was on one of these dates, and may have come before all that is left of it.
    least(
        first_dates.first_date,
        case
            when affected.is_on_affected_date
                then (select min(dates.event_date) from {{ ref('int_affected_dates') }} as dates)
        end
    ) as first_date,
    {{ case_state('cases') }} as state_before,
    coalesce(cases.is_mature, false) as was_mature,
    cast(cases.opened_at as date) as opened_on_before,
    cast(cases.resolved_at as date) as resolved_on_before
from named_once as affected
left join first_dates on affected.workflow_id = first_dates.workflow_id
left join {{ cases_before }} as cases on affected.workflow_id = cases.ticket_id
{%- endif %}
