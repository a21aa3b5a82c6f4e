-- Of which budgets was another state told than is known now, and what came late?
-- grain: one row a budget and day of which another state was told than is known now
select
    status_date,
    budget_id,
    state_as_known,
    state_now,
    actual_as_known_usd,
    actual_usd,
    actual_as_known_tokens,
    actual_tokens,
    amount_usd,
    amount_tokens,
    owner
from {{ ref('budget_status') }}
where state_as_known <> state_now
order by
    status_date desc,
    budget_id asc
