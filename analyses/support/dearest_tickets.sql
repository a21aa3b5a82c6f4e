-- Which twenty tickets cost most, and what became of them?
-- grain: one row a ticket
select
    ticket_id,
    tenant_id,
    intent,
    outcome,
    automation_class,
    requests,
    retries,
    cost_usd
from {{ ref('fct_tickets') }}
where cost_usd is not null
order by
    cost_usd desc,
    ticket_id asc
limit 20
