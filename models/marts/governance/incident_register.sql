-- grain: one row an incident
with incidents as (

    select * from {{ ref('int_incidents_begun') }}

),

classes as (

    select distinct
        incident_id,
        spike_class
    from {{ ref('incident_alerts') }}
    where incident_id is not null and spike_class is not null

),

-- A mixed spike contradicts nothing: its alert does not say what it was.
said as (

    select
        classes.incident_id,
        {{ joined_words('classes.spike_class') }} as alert_spike_classes,
        bool_or(classes.spike_class = incidents.spike_class or classes.spike_class = 'mixed') as is_class_of_alerts
    from classes
    inner join incidents on classes.incident_id = incidents.incident_id
    group by classes.incident_id

),

covered as (

    select
        incident_id,
        count(*) as alerts,
        count(*) filter (where suppressed_by is null) as sent_alerts,
        min(opened_on) as first_alert_on,
        max(opened_on) as last_alert_on,
        max(impact_usd) as largest_impact_usd
    from {{ ref('incident_alerts') }}
    where incident_id is not null
    group by incident_id

),

described as (

    select
        incidents.*,
        coalesce(covered.alerts, 0) as alerts,
        coalesce(covered.sent_alerts, 0) as sent_alerts,
        covered.first_alert_on,
        covered.last_alert_on,
        covered.largest_impact_usd,
        said.alert_spike_classes,
        case when incidents.spike_class is not null then said.is_class_of_alerts end as is_class_of_alerts,
        {{ names_one('incidents.owner') }} as has_one_owner,
        {{ names_one('incidents.channel') }} as has_one_channel
    from incidents
    left join covered on incidents.incident_id = covered.incident_id
    left join said on incidents.incident_id = said.incident_id

)

select
    incident_id,
    state,
    started_on,
    closed_on,
    days_open,
    alert_kinds,
    scope_type,
    scope_value,
    spike_class,
    owner,
    channel,
    containment,
    driver_endpoint_tag,
    driver_tenant_id,
    driver_prompt_version,
    guardrail_id,
    alerts,
    sent_alerts,
    first_alert_on,
    last_alert_on,
    largest_impact_usd,
    alert_spike_classes,
    is_class_of_alerts,
    has_one_owner,
    has_one_channel,
    cast(
        {%- for finding in incident_findings().values() %}
        {{ "+ " if not loop.first }}case when {{ finding.holds }} then 1 else 0 end
        {%- endfor %} as int
    ) as findings
from described
