-- grain: one row a finding: what of alerts, incidents and guardrails waits for somebody
with clock as (

    select cast(as_of as date) as today
    from {{ ref('int_as_of') }}

),

alerts as (

    select * from {{ ref('incident_alerts') }}

),

-- One of an episode, whose worsening may come after its incident was closed.
alerts_left as (

    select
        'alert_without_incident' as finding_kind,
        'alert' as subject_type,
        episode_id as subject_id,
        min(scope_type) as scope_type,
        min(scope_value) as scope_value,
        min(owner) as owner,
        min(opened_on) as since,
        min(evidence) as detail
    from alerts
    where needs_incident and incident_id is null
    group by episode_id

),

alerts_shared as (

    select
        'alert_of_two_incidents' as finding_kind,
        'alert' as subject_type,
        episode_id as subject_id,
        min(scope_type) as scope_type,
        min(scope_value) as scope_value,
        min(owner) as owner,
        min(opened_on) as since,
        min(concat(incident_id, ' took it, ', other_incident_id, ' covers it too')) as detail
    from alerts
    where other_incident_id is not null
    group by episode_id

),

found as (

    select * from alerts_left

    union all

    select * from alerts_shared
    {% for subject, mart, findings in [
        ('incident', 'incident_register', incident_findings()), ('guardrail', 'guardrail_register', guardrail_findings()),
    ] %}
    {%- for finding_kind, finding in findings.items() %}
    union all

    select
        '{{ finding_kind }}' as finding_kind,
        '{{ subject }}' as subject_type,
        {{ subject }}_id as subject_id,
        scope_type,
        scope_value,
        owner,
        {{ finding.since }} as since,
        {{ finding.says }} as detail
    from {{ ref(mart) }}
    where {{ finding.holds }}
    {% endfor %}
    {%- endfor %}
)

select
    found.finding_kind,
    found.subject_type,
    found.subject_id,
    found.scope_type,
    found.scope_value,
    found.owner,
    found.since,
    cast({{ days_between('found.since', 'clock.today') }} as int) as days_open,
    found.detail
from found
cross join clock
