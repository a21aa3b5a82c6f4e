{#- What attribution_coverage measures of every attempt; `scope` of all traffic, the others of reportable traffic. -#}
{% macro attribution_dimensions() -%}
    {{- return([
        'scope', 'endpoint_tag', 'prompt_version', 'tenant', 'user_identifier', 'tenant_identifier', 'ticket_identifier',
        'conversation_identifier', 'workflow_identifier', 'workflow', 'intent', 'queue', 'request_id', 'usage', 'token_counts',
        'cost', 'reported_cost', 'service_tier', 'price_scope', 'optional_values', 'call_status'
    ]) -}}
{%- endmacro %}


{#-
  What it looks up when it is read, and by which column of usage: no rollup carries it, so that a new owner or budget needs no
  rebuilding.
-#}
{% macro attribution_lookups() -%}
    {{- return({'owner_and_escalation_path': 'endpoint_tag', 'use_case_budget': 'use_case'}) -}}
{%- endmacro %}


{#- All dimensions of attribution_coverage. -#}
{% macro covered_dimensions() -%} {{- return(attribution_dimensions() + attribution_lookups() | list) -}} {%- endmacro %}


{#- What a workflow is described by: the first of its attempts that says so. -#}
{% macro described_by_first_attempt() -%}
    {{- return(['use_case', 'tenant_id', 'queue', 'intent', 'prompt_version']) -}}
{%- endmacro %}
