-- Which guardrails hold, and what is still to be done for them?
-- grain: one row a guardrail
select
    guardrail_id,
    metric,
    scope_value,
    direction,
    limit_value,
    week_start,
    value,
    holds,
    reason,
    weeks_held,
    weeks_broken,
    owner,
    action,
    due_on,
    action_state
from {{ ref('guardrail_register') }}
order by
    holds asc nulls first,
    due_on asc nulls first,
    guardrail_id asc
