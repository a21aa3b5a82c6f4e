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
    cast(null as boolean) as is_on_affected_date
from {{ ref('int_workflow_days') }}
where false
{%- else -%}
with dates as (

    select * from {{ ref('int_affected_dates') }}

),

named as (

    select
        workflow_id,
        true as is_on_affected_date
    from {{ ref('int_workflow_days') }}
    where request_date in (select dates.event_date from dates)

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
        last_attempt_at >= (select coalesce(min(dates.event_date), date '9999-12-31') from dates)
        and (
            cast(started_at as date) in (select dates.event_date from dates)
            or (
                cast(started_at as date) < cast(last_attempt_at as date)
                and cast(started_at as date) <= (select max(dates.event_date) from dates)
            )
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
        (outcome in ({{ quoted_words(open_outcomes()) }}) or (is_resolved and not is_mature))
        and {{ clock_has_moved() }}

    union all

    select
        ticket_id as workflow_id,
        false as is_on_affected_date
    from {{ cases_before }}
    where {{ all_cases_are_affected() }}

)

select
    workflow_id,
    bool_or(is_on_affected_date) as is_on_affected_date
from named
group by workflow_id
{%- endif %}
