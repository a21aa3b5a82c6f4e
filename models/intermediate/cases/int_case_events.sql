-- grain: one row an event of a case that a period counts: its spend of a day, its resolution, its opening
with cases as (

    select * from {{ ref('fct_tickets') }}

),

workflow_days as (

    select * from {{ ref('int_workflow_days') }}

)

select
    cases.ticket_id,
    'spend' as event,
    workflow_days.request_date as event_date,
    workflow_days.attempts,
    workflow_days.unpriced_attempts,
    workflow_days.cost_usd
from workflow_days
inner join cases on workflow_days.workflow_id = cases.ticket_id

union all

select
    ticket_id,
    'resolution' as event,
    cast(resolved_at as date) as event_date,
    cast(0 as bigint) as attempts,
    cast(0 as bigint) as unpriced_attempts,
    cast(null as {{ type_usd_sum() }}) as cost_usd
from cases
where
    is_handled
    and is_resolved
    and resolved_at is not null

union all

select
    ticket_id,
    'opening' as event,
    cast(opened_at as date) as event_date,
    cast(0 as bigint) as attempts,
    cast(0 as bigint) as unpriced_attempts,
    cast(null as {{ type_usd_sum() }}) as cost_usd
from cases
where
    opened_at is not null
    and attempts > 0
