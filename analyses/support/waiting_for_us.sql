-- Which customers wait for an answer of ours?
-- grain: one row a pending case, longest first
select
    ticket_id,
    queue,
    intent,
    priority,
    waiting_on,
    opened_at,
    last_customer_message_at
from {{ ref('fct_tickets') }}
where
    outcome = 'pending'
    and waiting_on in ('us', 'unknown')
order by
    coalesce(last_customer_message_at, opened_at) asc nulls last,
    ticket_id asc
