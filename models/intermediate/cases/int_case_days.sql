-- grain: one row a case and UTC date with spend, of the dates that this run counts, with its date of spend before it
{%- set is_in_history = in_affected_case_history(counters_of_case_dates(), 'workflow_days.request_date') %}
{%- set may_have_spent = in_affected_case_history(counters_of_case_dates(), 'cases.opened_at', 'first_opened_on') %}

-- Most cases spend on one date only; only the others need their dates in order.
with of_one_date as (

    select
        cases.ticket_id,
        workflow_days.request_date as event_date,
        cast(null as date) as previous_event_date,
        workflow_days.attempts,
        workflow_days.unpriced_attempts,
        workflow_days.cost_usd
    from {{ ref('int_workflow_days') }} as workflow_days
    inner join {{ ref('fct_tickets') }} as cases on workflow_days.workflow_id = cases.ticket_id
    where
        cast(cases.first_attempt_at as date) = cast(cases.last_attempt_at as date)
        and {{ may_have_spent }}
        and {{ on_affected_for(counters_of_case_dates(), ['workflow_days.request_date'], 'int_affected_case_dates') }}

),

of_several_dates as (

    select
        cases.ticket_id,
        workflow_days.request_date as event_date,
        lag(workflow_days.request_date) over (
            partition by cases.ticket_id
            order by workflow_days.request_date
        ) as previous_event_date,
        workflow_days.attempts,
        workflow_days.unpriced_attempts,
        workflow_days.cost_usd
    from {{ ref('int_workflow_days') }} as workflow_days
    inner join {{ ref('fct_tickets') }} as cases on workflow_days.workflow_id = cases.ticket_id
    where
        cast(cases.first_attempt_at as date) < cast(cases.last_attempt_at as date)
        and {{ may_have_spent }}
        and {{ is_in_history }}

)

select * from of_one_date

union all

select * from of_several_dates
where {{ on_affected_for(counters_of_case_dates(), ['event_date'], 'int_affected_case_dates') }}
