-- grain: one row an alert, with the incident that it is of
with alerts as (

    select * from {{ ref('alerts') }}

),

incidents as (

    select * from {{ ref('int_incidents_begun') }}

),

covered as (

    select
        alerts.alert_id,
        alerts.episode_id,
        alerts.alert_kind,
        alerts.severity,
        alerts.opened_on,
        alerts.scope_type,
        alerts.scope_value,
        alerts.spike_class,
        alerts.impact_usd,
        alerts.evidence,
        alerts.owner,
        alerts.suppressed_by,
        incidents.incident_id,
        -- Of several incidents that cover an alert the earliest takes it.
        row_number() over (
            partition by alerts.alert_id
            order by incidents.started_on, incidents.incident_id
        ) as place,
        lead(incidents.incident_id) over (
            partition by alerts.alert_id
            order by incidents.started_on, incidents.incident_id
        ) as other_incident_id
    from alerts
    left join incidents on {{ incident_covers_alert() }}

)

select
    alert_id,
    episode_id,
    alert_kind,
    severity,
    opened_on,
    scope_type,
    scope_value,
    spike_class,
    impact_usd,
    evidence,
    owner,
    suppressed_by,
    severity in ({{ quoted_words(severities_of_incidents()) }}) and suppressed_by is null as needs_incident,
    incident_id,
    other_incident_id
from covered
where place = 1
