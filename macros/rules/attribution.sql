{#- What attribution_coverage measures of every attempt; `scope` of all traffic, the others of reportable traffic. -#}
{% macro attribution_dimensions() -%}
    {{- return([
        'scope', 'endpoint_tag', 'prompt_version', 'tenant', 'user_identifier', 'workflow', 'intent', 'queue',
        'request_id', 'usage', 'token_counts', 'cost', 'reported_cost', 'service_tier', 'price_scope',
        'optional_values', 'call_status'
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


{#-
  Whether a user id is a hash or personal data that should never have been sent: an e-mail address, a phone number, a name.
  A phone number is a plus sign or at least seven digits with nothing but digits and the usual separators.
-#}
{% macro identifier_kind(user_id) -%}
    case
        when {{ user_id }} is null then 'missing'
        when {{ user_id }} like '%@%.%' then 'raw_email'
        when {{ matches_pattern(user_id, '^[+]?[0-9(][0-9 ().-]{5,}[0-9]$') }} then 'raw_phone'
        when trim({{ user_id }}) like '% %' then 'raw_name'
        else 'hashed'
    end
{%- endmacro %}


{#- What a workflow is described by: the first of its attempts that says so. -#}
{% macro described_by_first_attempt() -%}
    {{- return(['use_case', 'tenant_id', 'queue', 'intent', 'prompt_version']) -}}
{%- endmacro %}
