-- query: budgets
-- As they stood on the last day of the week that telemetry reaches; what decides, dollars or tokens, is shown.
select
    budget_id, scope_type, scope_value, risk_level, period, status_date, state_now, decided_by, is_lower_bound,
    actual_usd, amount_usd, forecast_usd, actual_tokens, amount_tokens, forecast_tokens, owner
from budget_status
where status_date = (select max(status_date) from budget_status where status_date >= $week and status_date < $week_end)
order by
    case state_now when 'exceeded' then 1 when 'spend_alert' then 2 when 'warning' then 3 else 4 end,
    case decided_by when 'usd' then actual_usd / amount_usd else actual_tokens / amount_tokens end desc nulls last,
    budget_id

-- query: states
select
    count(*) as budgets,
    count(*) filter (where state_now = 'exceeded') as exceeded,
    count(*) filter (where state_now in ('spend_alert', 'warning')) as at_risk
from budget_status
where status_date = (select max(status_date) from budget_status where status_date >= $week and status_date < $week_end)
