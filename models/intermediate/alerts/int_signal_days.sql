-- grain: one row a scope, UTC date and date on which some of it became known: a workspace, use case, endpoint, prompt
-- version, tenant or source
{%- set no_part = 'cast(null as ' ~ type_text() ~ ')' %}
{%- set scopes = {
    'workspace': ("'all'", no_part, no_part),
    'use_case': ('use_case', no_part, no_part),
    'endpoint': ('endpoint_tag', 'endpoint_tag', no_part),
    'prompt_version': ("concat(endpoint_tag, ' / ', prompt_version)", 'endpoint_tag', 'prompt_version'),
    'tenant': ('tenant_id', no_part, no_part),
    'source': ('source_system', no_part, no_part),
} %}
{%- set of_requests = ['requests', 'unknown_user_requests'] %}
with usage_days as (

    select * from {{ ref('int_usage_days_known') }}

),

request_days as (

    select * from {{ ref('int_request_days_known') }}

)
{% for scope_type, (scope_value, endpoint_tag, prompt_version) in scopes.items() %}
{%- for table in ['usage_days', 'request_days'] if table == 'usage_days' or scope_type not in ['tenant', 'source'] %}
select
    '{{ scope_type }}' as scope_type,
    {{ scope_value }} as scope_value,
    {{ endpoint_tag }} as endpoint_tag,
    {{ prompt_version }} as prompt_version,
    {%- for column in signal_sums() %}
    {{ column if (column in of_requests) == (table == 'request_days') else 0 }} as {{ column }},
    {%- endfor %}
    request_date,
    known_on
from {{ table }}
{{ "union all" if not loop.last }}
{%- endfor %}
{{ "union all" if not loop.last }}
{%- endfor %}
