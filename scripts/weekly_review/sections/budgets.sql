-- query: budgets
-- As they stood on the last day of the week that telemetry reaches, those of a day on their gravest day; what decides, dollars or
-- tokens, is shown.
with ranked as (
    select
        *,
        row_number() over (
            partition by budget_id
            order by
                case when period = 'daily' then
                    case state_now when 'exceeded' then 1 when 'spend_alert' then 2 when 'warning' then 3 else 4 end
                end,
                status_date desc
        ) as day_rank
    from budget_status
    where status_date >= $week and status_date < $week_end
)

select
    budget_id, scope_type, scope_value, risk_level, period, status_date, state_now, decided_by, is_lower_bound,
    actual_usd, amount_usd, forecast_usd, actual_tokens, amount_tokens, forecast_tokens, owner
from ranked
where
    day_rank = 1
    and (
        period = 'daily'
        or status_date = (select max(status_date) from budget_status where status_date >= $week and status_date < $week_end)
    )
order by
    case state_now when 'exceeded' then 1 when 'spend_alert' then 2 when 'warning' then 3 else 4 end,
    case decided_by when 'usd' then actual_usd / amount_usd else actual_tokens / amount_tokens end desc nulls last,
    budget_id

-- query: states
select
    count(*) as budgets,
    count(*) filter (where gravity = 1) as exceeded,
    count(*) filter (where gravity in (2, 3)) as at_risk
from (
    select
        budget_id,
        min(case state_now when 'exceeded' then 1 when 'spend_alert' then 2 when 'warning' then 3 else 4 end) as gravity
    from budget_status
    where
        status_date >= $week and status_date < $week_end
        and (
            period = 'daily'
            or status_date = (select max(status_date) from budget_status where status_date >= $week and status_date < $week_end)
        )
    group by budget_id
) as stood

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
