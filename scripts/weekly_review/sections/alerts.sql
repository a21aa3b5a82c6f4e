-- query: alerts
-- What was told in the week; what is only expected of a budget is not.
select
    alerts.opened_on, alerts.alert_kind, alerts.change, alerts.severity, alerts.scope_type, alerts.scope_value,
    alerts.budget_id, alerts.spike_class, alerts.prompt_version, alerts.endpoint_tag,
    coalesce(tenants.tenant_name, case alerts.driver_tenant_id when 'unknown' then 'unknown users' else alerts.driver_tenant_id end) as tenant,
    alerts.metric, alerts.value, alerts.baseline, alerts.threshold, alerts.window_days, alerts.impact_usd,
    alerts.owner, alerts.runbook, episodes.is_open
from alerts
inner join alert_episodes as episodes on alerts.episode_id = episodes.episode_id
left join dim_tenants as tenants on alerts.driver_tenant_id = tenants.tenant_id
where
    alerts.opened_on >= $week and alerts.opened_on < $week_end
    and alerts.suppressed_by is null and alerts.severity <> 'info'
order by
    case alerts.severity when 'critical' then 1 else 2 end, alerts.impact_usd desc nulls last, alerts.opened_on, alerts.alert_id

-- query: told
select
    count(*) as alerts,
    count(*) filter (where severity = 'critical') as critical
from alerts
where opened_on >= $week and opened_on < $week_end and suppressed_by is null and severity <> 'info'
