-- grain: one row an event of a case on the days of the run's months: its spend of a date, its resolution, its opening
{%- set attributes = [
    'tenant_id', 'queue', 'channel', 'project', 'intent', 'automation_class', 'outcome', 'resolved_at', 'is_handled',
    'is_resolved', 'is_deflected', 'is_transferred', 'has_bot_reply', 'handle_minutes'
] %}

with cases as (

    select
        ticket_id,
        {{ attributes | join(', ') }},
        opened_at,
        cost_usd as lifetime_cost_usd,
        attempts as lifetime_attempts,
        cast(first_attempt_at as date) as first_spend_on,
        cast(last_attempt_at as date) as last_spend_on
    from {{ ref('fct_tickets') }}
    where {{ since_run_began('opened_at', 'first_opened_on') }}

),

-- Most cases spend on one date only; only the others need their dates in order.
spend_of_one_date as (

    select
        cases.*,
        workflow_days.request_date as event_date,
        cast(null as date) as previous_event_date,
        workflow_days.attempts,
        workflow_days.unpriced_attempts,
        workflow_days.cost_usd
    from {{ ref('int_workflow_days') }} as workflow_days
    inner join cases on workflow_days.workflow_id = cases.ticket_id
    where
        cases.first_spend_on = cases.last_spend_on
        and {{ in_run('workflow_days.request_date', 'month_days') }}

),

spend_of_several_dates as (

    select
        cases.*,
        workflow_days.request_date as event_date,
        lag(workflow_days.request_date) over (
            partition by cases.ticket_id
            order by workflow_days.request_date
        ) as previous_event_date,
        workflow_days.attempts,
        workflow_days.unpriced_attempts,
        workflow_days.cost_usd
    from {{ ref('int_workflow_days') }} as workflow_days
    inner join cases on workflow_days.workflow_id = cases.ticket_id
    where
        cases.first_spend_on < cases.last_spend_on
        and {{ since_run_began('workflow_days.request_date', 'first_started_on') }}

),

events as (

    select
        *,
        'spend' as event
    from spend_of_one_date

    union all

    select
        *,
        'spend' as event
    from spend_of_several_dates
    {%- for event, (moment, condition) in {
        'resolution': ('resolved_at', 'is_handled and is_resolved'),
        'opening': ('opened_at', 'lifetime_attempts > 0'),
    }.items() %}

    union all

    select
        *,
        cast({{ moment }} as date) as event_date,
        cast(null as date) as previous_event_date,
        cast(0 as bigint) as attempts,
        cast(0 as bigint) as unpriced_attempts,
        cast(null as {{ type_usd_sum() }}) as cost_usd,
        '{{ event }}' as event
    from cases
    where
        {{ condition }}
        and {{ moment }} is not null
    {%- endfor %}

)

select
    ticket_id,
    event,
    event_date,
    previous_event_date,
    attempts,
    unpriced_attempts,
    cost_usd,
    lifetime_cost_usd,
    lifetime_attempts,
    {{ attributes | join(',\n    ') }}
from events
where {{ in_run('event_date', 'month_days') }}
