-- grain: one row a date (possibly repeated) with attempts that carry a reference value which has changed since
{%- set history = previous_build('int_attempts_attributed') %}
{%- set carried_keys = {
    'tenant_users': 'user_id',
    'endpoint_taxonomy': 'coalesce(endpoint_tag_alias, endpoint_tag)',
    'output_token_caps': 'endpoint_tag',
    'model_tiers': joined_text(['provider', 'priced_model']),
    'ticket_merges': 'coalesce(ticket_id, other_conversation_id, workflow_id)',
    'prompt_releases': joined_text(['endpoint_tag', 'prompt_version']),
    'tenants': 'tenant_id',
    'intents': 'intent',
    'use_case_budgets': 'use_case',
} %}

with changed as (

    select * from {{ ref('int_references_changed') }}

)
{%- if history is not none %}
{%- for reference_table, carried_key in carried_keys.items() %}

select request_date
from {{ history }}
where
    {{ carried_key }} in (
        select changed.reference_key
        from changed
        where changed.reference_table = '{{ reference_table }}'
    )
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- else %}

select cast(null as date) as request_date
from changed
where false
{%- endif %}
