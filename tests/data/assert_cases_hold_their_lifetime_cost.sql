-- What cases cost over their lifetime is what their days cost, and every workflow that is a case is in fct_tickets.
with lifetimes as (

    select
        ticket_id,
        attempts,
        cost_usd
    from {{ ref('fct_tickets') }}
    where
        attempts > 0
        and {{ touched('ticket_id', 'cases') }}

),

days as (

    select
        days.workflow_id as ticket_id,
        cast(sum(days.attempts) as bigint) as attempts,
        {{ sum_usd('days.cost_usd') }} as cost_usd
    from {{ ref('int_workflow_days') }} as days
    inner join {{ ref('fct_workflows') }} as workflows on days.workflow_id = workflows.workflow_id
    where
        (
            workflows.use_case = 'support'
            or workflows.workflow_id in (
                select current_tickets.ticket_id
                from {{ ref('int_tickets_current') }} as current_tickets
            )
        )
        and {{ touched('days.workflow_id', 'cases', dated_by='days.request_date') }}
    group by days.workflow_id

)

{{ differences('lifetimes', 'days', ['ticket_id'], ['attempts', 'cost_usd']) }}
