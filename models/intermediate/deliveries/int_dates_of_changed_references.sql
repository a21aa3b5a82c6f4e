-- grain: one row a date (possibly repeated) with attempts that carry a reference value which has changed since
{%- set history = previous_build('fct_attempts') %}
{%- set applied = previous_build('int_references_applied') %}
{%- set carried_keys = {
    'tenant_users': 'user_id',
    'endpoint_taxonomy': 'endpoint_tag_as_sent',
    'model_tiers': joined_text(['provider', 'priced_model']),
    'ticket_merges': 'coalesce(ticket_id, conversation_id, workflow_id)',
    'prompt_releases': joined_text(['endpoint_tag', 'prompt_version']),
    'tenants': 'tenant_id',
    'intents': 'intent',
    'use_case_budgets': 'use_case',
} %}

with current_references as (

    select * from {{ ref('int_references_keyed') }}

)
{%- if history is not none and applied is not none %},

changed as (

    select
        coalesce(now_valid.reference_table, before.reference_table) as reference_table,
        coalesce(now_valid.reference_key, before.reference_key) as reference_key
    from current_references as now_valid
    full outer join {{ applied }} as before
        on
            now_valid.reference_table = before.reference_table
            and now_valid.reference_key = before.reference_key
    where coalesce(now_valid.reference_value, '~') <> coalesce(before.reference_value, '~')

)
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
from current_references
where false
{%- endif %}
