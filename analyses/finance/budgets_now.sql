-- How does each budget stand, what was told of it, and what will its period come to?
-- grain: one row a budget, on the newest day that telemetry reaches
select
    budget_id,
    scope_type,
    scope_value,
    period,
    state_now,
    reason,
    state_as_known,
    actual_usd,
    amount_usd,
    forecast_usd,
    actual_tokens,
    amount_tokens,
    is_lower_bound,
    owner
from {{ ref('budget_status') }}
where status_date = (select max(newest.status_date) from {{ ref('budget_status') }} as newest)
order by
    actual_usd / nullif(amount_usd, 0) desc nulls last,
    budget_id asc
