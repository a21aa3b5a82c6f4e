{#- Stub until the mart alerts lands: the kinds of alerts. -#}
{% macro alert_kinds() -%}
    {{- return([
        'cost_drift', 'context_creep', 'retry_storm', 'failing_burst', 'unknown_users', 'tenant_concentration', 'budget_state',
        'silent_endpoint', 'late_source', 'unpriced_share', 'unattributed_share'
    ]) -}}
{%- endmacro %}
