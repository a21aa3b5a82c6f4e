-- grain: one row a UTC date whose workflows and cases this run counts again
{{ config(materialized='table') }}

with cases as (

    {{ rows_on_affected_list(ref('fct_tickets'), ['ticket_id'], 'int_affected_workflows', 'opened_at') }}

),

affected as (

    select * from {{ ref('int_affected_workflows') }}

),

-- Spend, resolution and opening of a case count on their dates by what the case is now.
changed as (

    select
        affected.workflow_id,
        affected.opened_on_before,
        affected.resolved_on_before,
        cast(cases.opened_at as date) as opened_on,
        cast(cases.resolved_at as date) as resolved_on
    from affected
    left join cases on affected.workflow_id = cases.ticket_id
    where
        coalesce(affected.state_before, '') <> coalesce({{ case_state('cases') }}, '')
        -- Which of its dates is the first of a week, or of an endpoint, may change with no sum of it changing.
        or affected.is_on_affected_date
        or affected.workflow_id in (
            select outcomes.workflow_id
            from {{ ref('int_workflow_outcomes_changed') }} as outcomes
        )
        -- When a person took over says nothing of the outcome, but of the hand-off.
        or affected.workflow_id in (
            select tickets.ticket_id
            from {{ ref('int_tickets_changed') }} as tickets
        )

),

dates as (

    select event_date from {{ ref('int_affected_dates') }}

    union

    select request_date as event_date
    from {{ ref('int_workflow_days') }}
    where
        workflow_id in (select changed.workflow_id from changed)
        and {{ is_since_first_affected('request_date', 'int_affected_workflows') }}
    {%- for date in ['opened_on_before', 'resolved_on_before', 'opened_on', 'resolved_on'] %}

    union

    select {{ date }} as event_date from changed
    {%- endfor %}

    union

    select request_date as event_date
    from {{ ref('int_workflow_days') }}
    where
        {{ all_cases_are_affected() }}
        or {{ is_changed_reference('intent_baselines') }}
        or {{ is_changed_reference('stage_cost_caps') }}

    union

    select cast(opened_at as date) as event_date
    from {{ ref('fct_tickets') }}
    where {{ all_cases_are_affected() }}

    union

    select cast(resolved_at as date) as event_date
    from {{ ref('fct_tickets') }}
    where {{ all_cases_are_affected() }}
    {%- set counted_before = previous_build('int_unit_economics_days') %}
    {%- if counted_before is not none %}

    union

    select event_date
    from {{ counted_before }}
    where {{ all_cases_are_affected() }}
    {%- endif %}

)

select event_date
from dates
where event_date is not null
