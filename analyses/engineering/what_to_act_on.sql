-- What has happened in the last four weeks that somebody must act on, and whose is it?
-- grain: one row an alert that was told
select
    opened_on,
    severity,
    alert_kind,
    scope_value,
    spike_class,
    endpoint_tag,
    driver_tenant_id,
    prompt_version,
    impact_usd,
    evidence,
    owner,
    runbook
from {{ ref('alerts') }}
where
    suppressed_by is null
    and severity <> 'info'
    and opened_on > (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'day'
            and periods.is_complete
    ) - 28
order by
    opened_on desc,
    alert_id asc
