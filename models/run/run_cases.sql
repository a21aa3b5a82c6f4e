-- grain: one row a workflow or case that this run judges again, with what it was before; none in a whole run
{{ config(materialized='table') }}
{%- set workflows_before = previous_build('fct_workflows') %}
{%- set cases_before = previous_build('fct_tickets') %}

{% if run_is_whole() -%}
select
    cast(null as {{ type_text() }}) as workflow_id,
    cast(null as boolean) as is_on_date,
    cast(null as boolean) as may_have_other_attempts,
    cast(null as date) as first_date,
    cast(null as {{ type_text() }}) as state_before,
    cast(null as boolean) as was_mature,
    cast(null as date) as opened_on_before,
    cast(null as date) as resolved_on_before
from {{ ref('int_workflow_days') }}
where false
{%- else -%}
with workflow_days as (

    select * from {{ ref('int_workflow_days') }}

),

dates as (

    select * from {{ ref('run_dates') }}

),

named as (

    select
        workflow_id,
        true as is_on_date
    from workflow_days
    where request_date in (select dates.event_date from dates)

    union all

    -- those that had an attempt on such a date before and may have lost it
    select
        workflow_id,
        true as is_on_date
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

    -- cases that the passing of time alone may change
    select
        ticket_id as workflow_id,
        false as is_on_date
    from {{ cases_before }}
    where
        judge_again_at <= (select clock.as_of from {{ ref('int_as_of') }} as clock)
        and {{ clock_has_moved() }}

    union all

    -- cases that a new ticket follows, or that one followed before
    select
        coalesce(merged_tickets.merged_ticket_id, followed.ticket_id) as workflow_id,
        false as is_on_date
    from (
        select follow_up_of_ticket_id as ticket_id from {{ ref('run_tickets') }}

        union all

        select follow_up_of_ticket_id as ticket_id from {{ cases_before }}
        where ticket_id in (select tickets.ticket_id from {{ ref('run_tickets') }} as tickets)
    ) as followed
    left join {{ ref('int_tickets_merged') }} as merged_tickets on followed.ticket_id = merged_tickets.ticket_id
    where followed.ticket_id is not null

    union all

    -- cases that are followed by what follows a ticket that was merged into them, or no longer is
    {%- for case_id in ['follow_ups.followed_ticket_id', 'changed.was_merged_into'] %}
    {{ "union all" if not loop.first }}
    select
        {{ case_id }} as workflow_id,
        false as is_on_date
    from {{ ref('int_tickets_followed') }} as follow_ups
    inner join {{ '(' ~ changed_merges() ~ ')' }} as changed
        on follow_ups.follow_up_of_ticket_id = changed.ticket_id
    where {{ case_id }} is not null
    {%- endfor %}
    {%- for key, table, condition in [
        ('ticket_id', ref('run_tickets'), 'true'),
        ('workflow_id', ref('run_outcomes'), 'true'),
        ('ticket_id', '(' ~ changed_merges() ~ ')', 'true'),
        ('workflow_id', previous_build('run_cases'), last_run_broke_off()),
        ('workflow_id', workflows_before, all_cases_are_in_run()),
        ('ticket_id', cases_before, all_cases_are_in_run()),
    ] %}

    union all

    select
        {{ key }} as workflow_id,
        false as is_on_date
    from {{ table }}
    where {{ condition }}
    {%- endfor %}

),

affected as (

    select
        workflow_id,
        bool_or(is_on_date) as is_on_date
    from named
    group by workflow_id

),

first_dates as (

    select
        workflow_id,
        min(request_date) as first_date
    from workflow_days
    where workflow_id in (select affected.workflow_id from affected)
    group by workflow_id

),

cases as (

    select * from {{ cases_before }}
    where ticket_id in (select affected.workflow_id from affected)

),

-- Of a run that broke off, what was before it.
broken as (

    select * from {{ previous_build('run_cases') }}
    where {{ last_run_broke_off() }}

)

select
    affected.workflow_id,
    affected.is_on_date,
    affected.is_on_date or {{ last_run_broke_off() }} as may_have_other_attempts,
    least(
        broken.first_date,
        first_dates.first_date,
        cast(cases.opened_at as date),
        cast(tickets.opened_at as date),
        -- What such a workflow has lost was on one of these dates, and may have come before all that is left of it.
        case
            when affected.is_on_date
                then (
                    select min(dates.event_date) from dates
                    where dates.event_date > date '0001-01-01'
                )
        end
    ) as first_date,
    coalesce(broken.state_before, {{ case_state('cases') }}) as state_before,
    coalesce(broken.was_mature, cases.is_mature, false) as was_mature,
    coalesce(broken.opened_on_before, cast(cases.opened_at as date)) as opened_on_before,
    coalesce(broken.resolved_on_before, cast(cases.resolved_at as date)) as resolved_on_before
from affected
left join first_dates on affected.workflow_id = first_dates.workflow_id
left join cases on affected.workflow_id = cases.ticket_id
left join broken on affected.workflow_id = broken.workflow_id
left join {{ ref('run_tickets') }} as tickets on affected.workflow_id = tickets.ticket_id
{%- endif %}
