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

-- query: told_otherwise
-- The last day of the week on which a budget was told to be in another state than it is known now to have been, the gravest change first.
select
    budget_id, max(status_date) as status_date, max_by(state_as_known, status_date) as told, max_by(state_now, status_date) as known_now
from budget_status
where status_date >= $week and status_date < $week_end and state_as_known <> state_now
group by budget_id
order by
    case known_now when 'exceeded' then 1 when 'spend_alert' then 2 when 'warning' then 3 else 4 end,
    status_date desc,
    budget_id
