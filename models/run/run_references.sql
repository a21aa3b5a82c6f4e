-- grain: one row a key of a reference that facts or rollups carry resolved, now or when the last run ended
{{ config(materialized='table') }}
{%- set references = {
    'tenant_users': ('stg_reference__tenant_users', 'user_id', 'tenant_id', 'true'),
    'endpoint_taxonomy': (
        'stg_reference__endpoint_taxonomy', 'tag', joined_text(['canonical_tag', 'use_case', 'stage']), 'true'
    ),
    'canonical_endpoints': (
        'stg_reference__endpoint_taxonomy', 'tag', joined_text(['use_case', 'stage']), 'tag = canonical_tag'
    ),
    'output_token_caps': (
        'stg_reference__endpoint_taxonomy', 'tag', 'output_token_cap', 'tag = canonical_tag and output_token_cap is not null'
    ),
    'stage_cost_caps': (
        'stg_reference__endpoint_taxonomy', 'tag', 'stage_cost_cap_usd', 'tag = canonical_tag and stage_cost_cap_usd is not null'
    ),
    'tool_output_caps': (
        'stg_reference__tool_caps', 'endpoint_tag', 'output_tokens_per_call', 'output_tokens_per_call is not null'
    ),
    'tool_call_caps': (
        'stg_reference__tool_caps', 'endpoint_tag', 'calls_per_workflow', 'calls_per_workflow is not null'
    ),
    'primary_outcomes': (
        'stg_reference__use_case_outcomes', joined_text(['use_case', 'flow', 'version']),
        joined_text(['effective_from', 'endpoint_tag', 'stage', 'outcome']), 'true'
    ),
    'internal_tooling': ('stg_reference__use_cases', 'use_case', 'is_internal_tooling', 'true'),
    'internal_tenants': ('stg_reference__tenants', 'tenant_id', 'is_internal', 'is_internal is not null'),
    'model_tiers': (
        'stg_reference__model_tiers', joined_text(['provider', 'model']), 'model_tier', 'true'
    ),
    'model_prices': (
        'stg_reference__model_prices',
        joined_text(['provider', 'model', 'service_tier', 'over_input_tokens', 'effective_from']),
        prices_of_a_row(), 'true'
    ),
    'exchange_rates': (
        'stg_reference__exchange_rates', "concat(currency, ' ', cast(valid_from as " ~ type_text() ~ "))", 'usd_per_unit', 'true'
    ),
    'prompt_releases': (
        'stg_reference__prompt_releases', joined_text(['endpoint_tag', 'prompt_version']), "'registered'", 'true'
    ),
    'tenants': ('stg_reference__tenants', 'tenant_id', "coalesce(plan_id, '')" if history_caps().plan else "'registered'", 'true'),
    'intents': ('stg_reference__intents', 'intent', "'registered'", 'true'),
    'intent_baselines': (
        'stg_reference__intents', 'intent', joined_text(['baseline_escalation_rate', 'human_handle_minutes']), 'true'
    ),
    'intent_tiers': ('stg_reference__intents', 'intent', 'max_model_tier', 'max_model_tier is not null'),
    'endpoint_risks': (
        'stg_reference__endpoint_taxonomy', 'tag', 'risk_level', 'tag = canonical_tag and risk_level is not null'
    ),
    'risk_tiers': ('stg_reference__risk_levels', 'risk_level', 'max_model_tier', 'max_model_tier is not null'),
    'tier_ranks': (
        'stg_reference__model_tiers', joined_text(['provider', 'model']), joined_text(['model_tier', 'tier_rank']), 'true'
    ),
    'outcome_definition': (
        'int_outcome_definition', "'applied'", joined_text([
            'outcome_definition', 'require_closed', 'require_reply', 'inactivity_hours', 'reopen_window_hours', 'maturity_hours',
            'accept_assumed', 'accept_escalated', 'human_reply_disqualifies', 'negative_csat_max', 'require_verdict'
        ]), 'true'
    ),
    'ticket_statuses': (
        'stg_reference__ticket_statuses', joined_text(['source_system', 'word']), 'category', 'true'
    ),
    'spend_spike_rules': (
        'stg_reference__spend_spike_rules', 'period_grain',
        joined_text([
            'min_growth', 'min_rise_usd', 'min_standard_errors', 'history_days', 'dominant_share', 'min_own_growth',
            'new_version_hours'
        ]), 'true'
    ),
} %}

with current_references as (
    {% for reference_table, (model, key, value, condition) in references.items() %}
    select
        '{{ reference_table }}' as reference_table,
        {{ key }} as reference_key,
        cast({{ value }} as {{ type_text() }}) as reference_value
    from {{ ref(model) }}
    where {{ condition }}

    union all
    {% endfor %}
    select
        'regression_window' as reference_table,
        'days' as reference_key,
        '{{ var("regression_window_days") }}' as reference_value

),

applied as (

    select * from {{ run_state('applied_references') }}
    where reference_table <> 'ticket_merges'

)

select
    coalesce(current_references.reference_table, applied.reference_table) as reference_table,
    coalesce(current_references.reference_key, applied.reference_key) as reference_key,
    current_references.reference_value,
    current_references.reference_table is not null as is_current,
    {%- if run_is_whole() %}
    -- There is nothing yet that could be outdated.
    false as is_changed
    {%- else %}
    coalesce(current_references.reference_value <> applied.reference_value, true)
    and coalesce(current_references.reference_value, applied.reference_value) is not null as is_changed
    {%- endif %}
from current_references
full outer join applied
    on
        current_references.reference_table = applied.reference_table
        and current_references.reference_key = applied.reference_key
