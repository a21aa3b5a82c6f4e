-- What has happened in the last four weeks that somebody must act on, and whose is it?
-- grain: one row an alert that was told
select
    alerts.opened_on,
    alerts.severity,
    alerts.alert_kind,
    alerts.scope_value,
    alerts.spike_class,
    alerts.endpoint_tag,
    alerts.driver_tenant_id,
    alerts.prompt_version,
    alerts.impact_usd,
    alerts.evidence,
    alerts.owner,
    alerts.runbook,
    episodes.is_open
from {{ ref('alerts') }} as alerts
inner join {{ ref('alert_episodes') }} as episodes on alerts.episode_id = episodes.episode_id
where
    alerts.suppressed_by is null
    and alerts.severity <> 'info'
    and alerts.opened_on > (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'day'
            and periods.is_complete
    ) - 28
order by
    alerts.opened_on desc,
    alerts.alert_id asc
