-- Which intents end with a person?
-- grain: one row an intent with a handled case
--
-- A case of which it is not known whether it was escalated is in neither side of the rate.
select
    coalesce(intent, 'unknown') as intent,
    count(*) as handled_tickets,
    count(*) filter (where is_escalated) as escalated_tickets,
    count(*) filter (where is_escalated is null) as unknown_escalations,
    cast(count(*) filter (where is_escalated) as double)
    / nullif(count(is_escalated), 0) as escalation_rate,
    sum(cost_usd) as cost_usd
from {{ ref('fct_tickets') }}
where is_handled
group by coalesce(intent, 'unknown')
order by
    escalated_tickets desc,
    intent asc
