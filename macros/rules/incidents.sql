{#-
  What an incident may be about, each with the column of `alerts` that names such a driver, as an expression over the relation alerts;
  none where alerts name no driver of the kind, so that only their scope can be it.
-#}
{% macro incident_scopes() -%}
    {{- return({
        'workspace': none,
        'use_case': 'alerts.use_case',
        'endpoint': 'alerts.endpoint_tag',
        'prompt_version': "concat(alerts.endpoint_tag, ' / ', alerts.prompt_version)",
        'tenant': 'alerts.driver_tenant_id',
        'intent': none,
        'source': none,
    }) -}}
{%- endmacro %}


{#-
  Whether an alert is of an incident: opened while it was open, of a kind that it is about, and of its scope or driven by it. Expects the
  relations alerts and incidents.
-#}
{% macro incident_covers_alert() -%}
    alerts.opened_on >= incidents.started_on
    and (incidents.closed_on is null or alerts.opened_on <= incidents.closed_on)
    and (
        incidents.alert_kinds is null
        or concat(' ', incidents.alert_kinds, ' ') like concat('% ', alerts.alert_kind, ' %')
    )
    and (
        (incidents.scope_type = alerts.scope_type and incidents.scope_value = alerts.scope_value)
        {%- for scope_type, driver in incident_scopes().items() if driver %}
        or (incidents.scope_type = '{{ scope_type }}' and incidents.scope_value = {{ driver }})
        {%- endfor %}
    )
{%- endmacro %}


{#- The pattern of kinds of alerts with a blank between them. -#}
{% macro alert_kinds_pattern() -%}
    {%- set kind = '(' ~ alert_kinds() | list | join('|') ~ ')' -%}
    {{- return('^' ~ kind ~ '( ' ~ kind ~ ')*$') -}}
{%- endmacro %}


{#- The severities of alerts for which somebody has to take charge. -#}
{% macro severities_of_incidents() -%} {{- return(['critical']) -}} {%- endmacro %}


{#- What somebody may confirm a spike to be: a class of spend_spikes, or none where spend did not spike. -#}
{% macro confirmed_classes() -%}
    {{- return(['abuse', 'deploy', 'token', 'loop', 'retry_storm', 'volume', 'data_or_price', 'mixed', 'none']) -}}
{%- endmacro %}


{#- Whether a text names one person, team or place, and not several or none. -#}
{% macro names_one(text) -%}
    coalesce(not {{ matches_pattern('lower(' ~ text ~ ')', '[,;]| and | [&+/] ') }}, false)
{%- endmacro %}


{#-
  What an incident can lack, each with when it does, over the columns of incident_register, since when, and what is said of it
  (DECISIONS.md, "Incidents and guardrails").
-#}
{% macro incident_findings() -%}
    {{- return({
        'incident_without_one_owner': {
            'holds': 'not has_one_owner', 'since': 'started_on',
            'says': "concat('one owner has to lead it, named is ', coalesce(owner, 'nobody'))",
        },
        'incident_without_one_channel': {
            'holds': 'not has_one_channel', 'since': 'started_on',
            'says': "concat('one channel has to hold what is said of it, named is ', coalesce(channel, 'none'))",
        },
        'incident_class_contradicted': {
            'holds': 'coalesce(not is_class_of_alerts, false)', 'since': 'started_on',
            'says': "concat('confirmed is ', spike_class, ', its alerts say ', alert_spike_classes)",
        },
        'closed_without_class': {
            'holds': "state = 'closed' and spike_class is null", 'since': 'closed_on',
            'says': "'nobody confirmed what kind of spike it was'",
        },
        'closed_without_containment': {
            'holds': "state = 'closed' and containment is null", 'since': 'closed_on',
            'says': "'nothing says how it was contained'",
        },
        'closed_without_driver': {
            'holds': "state = 'closed' and coalesce(driver_endpoint_tag, driver_tenant_id, driver_prompt_version) is null", 'since': 'closed_on',
            'says': "'no endpoint, tenant or prompt version is named that drove it'",
        },
        'closed_without_guardrail': {
            'holds': "state = 'closed' and guardrail_id is null", 'since': 'closed_on',
            'says': "'no permanent guardrail came of it'",
        },
    }) -}}
{%- endmacro %}


{#- The same of a guardrail and its action, over the columns of guardrail_register. -#}
{% macro guardrail_findings() -%}
    {{- return({
        'guardrail_broken': {
            'holds': 'coalesce(not holds, false)', 'since': 'week_start',
            'says': "concat(
                metric, ' was ', cast(cast(value as decimal(28, 6)) as " ~ type_text() ~ "), ', its limit is ',
                replace(direction, '_', ' '), ' ', cast(limit_value as " ~ type_text() ~ "))",
        },
        'guardrail_not_known': {
            'holds': 'week_start is not null and holds is null', 'since': 'week_start',
            'says': "concat('whether it holds is not known: ', reason)",
        },
        'guardrail_without_one_owner': {
            'holds': 'not has_one_owner', 'since': 'since',
            'says': "concat('one owner has to answer for it, named is ', coalesce(owner, 'nobody'))",
        },
        'action_overdue': {
            'holds': "action_state = 'overdue'", 'since': 'due_on',
            'says': "concat('not done: ', action)",
        },
        'action_without_date': {
            'holds': "action_state = 'undated'", 'since': 'since',
            'says': "concat('nothing says until when: ', action)",
        },
    }) -}}
{%- endmacro %}
