-- grain: one row a month whose periods and windows this run reports again; none in a whole run
{{ config(materialized='table') }}

{% if run_is_whole() -%}
select
    cast(null as date) as month,
    cast(null as date) as first_started_on,
    cast(null as date) as first_opened_on
from {{ ref('fct_tickets') }}
where false
{%- else -%}
with cases as (

    select * from {{ ref('fct_tickets') }}
    where ticket_id in (select planned.workflow_id from {{ ref('run_cases') }} as planned)

),

-- Spend, resolution and opening of a case count on their dates by what the case is now.
changed as (

    select
        affected.workflow_id,
        affected.opened_on_before,
        affected.resolved_on_before,
        cast(cases.opened_at as date) as opened_on,
        cast(cases.resolved_at as date) as resolved_on
    from {{ ref('run_cases') }} as affected
    left join cases on affected.workflow_id = cases.ticket_id
    where
        -- No state is empty text.
        coalesce(affected.state_before, '') <> coalesce({{ case_state('cases') }}, '')
        -- Which of its dates is the first of a week, or of an endpoint, may change with no sum of it changing.
        or affected.is_on_date
        or affected.workflow_id in (select outcomes.workflow_id from {{ ref('run_outcomes') }} as outcomes)
        -- When a person took over says nothing of the outcome, but of the hand-off.
        or affected.workflow_id in (select tickets.ticket_id from {{ ref('run_tickets') }} as tickets)

),

touched as (

    -- Undated rows have a day of their own, which no report has.
    select event_date from {{ ref('run_dates') }}
    where event_date > date '0001-01-01'

    union

    select request_date as event_date
    from {{ ref('int_workflow_days') }}
    where
        workflow_id in (select changed.workflow_id from changed)
        and request_date >= (
            select coalesce(min(planned.first_date), date '9999-12-31')
            from {{ ref('run_cases') }} as planned
        )
    {%- for date in ['opened_on_before', 'resolved_on_before', 'opened_on', 'resolved_on'] %}

    union

    select {{ date }} as event_date from changed
    {%- endfor %}
    {%- for table, date in [
        (ref('int_tenant_days'), 'request_date'), (ref('fct_tickets'), 'opened_at'), (ref('fct_tickets'), 'resolved_at')
    ] %}

    union

    select cast({{ date }} as date) as event_date
    from {{ table }}
    where {{ all_months_are_in_run() }}
    {%- endfor %}

),

spans as (

    -- A date reaches into the windows that it is the baseline or the history of.
    select
        {{ week_start('touched.event_date') }} as first_date,
        touched.event_date + (
            select 7 + cast(max(rules.history_days) as int) from {{ ref('stg_reference__spend_spike_rules') }} as rules
        ) as last_date
    from touched
    where touched.event_date is not null

    union

    -- Windows end, and cohorts come of age, while the clock moves from one run to the next.
    select
        {{ week_start(add_hours(
            previous_as_of(), '-(168 + definition.inactivity_hours + definition.maturity_hours)'
        )) }} as first_date,
        cast(reports.as_of as date) as last_date
    from {{ ref('int_as_of') }} as reports
    cross join {{ ref('int_outcome_definition') }} as definition
    where {{ clock_has_moved() }}

),

months as (

    select distinct cast(spans.first_month + to_months(cast(spine.id as int)) as date) as month
    from (
        select distinct
            {{ period_start('month', 'first_date') }} as first_month,
            {{ period_start('month', 'last_date') }} as last_month
        from spans
    ) as spans
    cross join range(1200) as spine (id)
    where spans.first_month + to_months(cast(spine.id as int)) <= spans.last_month

),

first_month as (

    select min(month) as month from months

)

-- What a workflow did before such a month counts in what it does there: whether it had reached a limit, or made the
-- same call before. Cases are named in each place that reads them: one CTE for the three would hold all in memory.
select
    months.month,
    least(
        first_month.month,
        (
            select min(cast(workflows.started_at as date))
            from {{ previous_build('fct_workflows') }} as workflows
            where workflows.last_attempt_at >= (select earliest.month from first_month as earliest)
        ),
        (
            select min(planned.first_date) from {{ ref('run_cases') }} as planned
            where planned.may_have_other_attempts
        )
    ) as first_started_on,
    least(
        {%- for moment in ['opened_at', 'resolved_at', 'last_attempt_at'] %}
        (
            select min(cast(cases.opened_at as date))
            from {{ ref('fct_tickets') }} as cases
            where cases.{{ moment }} >= (select earliest.month from first_month as earliest)
        ){{ "," if not loop.last }}
        {%- endfor %}
    ) as first_opened_on
from months
cross join first_month
{%- endif %}
