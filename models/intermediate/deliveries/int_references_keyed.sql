-- grain: one row a key of a reference that the attempt facts or their rollups carry resolved, with the value they carry
select
    'tenant_users' as reference_table,
    user_id as reference_key,
    tenant_id as reference_value
from {{ ref('stg_reference__tenant_users') }}

union all

select
    'endpoint_taxonomy' as reference_table,
    tag as reference_key,
    {{ joined_text(['canonical_tag', 'use_case', 'stage', 'owner is not null and escalation_path is not null']) }}
        as reference_value
from {{ ref('stg_reference__endpoint_taxonomy') }}

union all

-- What rollups compare output with is the cap of the canonical tag, whatever tag was sent.
select
    'output_token_caps' as reference_table,
    tag as reference_key,
    cast(output_token_cap as {{ type_text() }}) as reference_value
from {{ ref('stg_reference__endpoint_taxonomy') }}
where
    tag = canonical_tag
    and output_token_cap is not null

union all

select
    'model_tiers' as reference_table,
    {{ joined_text(['provider', 'model']) }} as reference_key,
    model_tier as reference_value
from {{ ref('stg_reference__model_tiers') }}

union all

select
    'ticket_merges' as reference_table,
    ticket_id as reference_key,
    merged_ticket_id as reference_value
from {{ ref('int_tickets_merged') }}

union all

select
    'prompt_releases' as reference_table,
    {{ joined_text(['endpoint_tag', 'prompt_version']) }} as reference_key,
    'registered' as reference_value
from {{ ref('stg_reference__prompt_releases') }}

union all

select
    'tenants' as reference_table,
    tenant_id as reference_key,
    {{ joined_text(['tenant_name']) }} as reference_value
from {{ ref('stg_reference__tenants') }}

union all

select
    'intents' as reference_table,
    intent as reference_key,
    'registered' as reference_value
from {{ ref('stg_reference__intents') }}

union all

select
    'intent_baselines' as reference_table,
    intent as reference_key,
    {{ joined_text(['baseline_escalation_rate', 'human_handle_minutes']) }} as reference_value
from {{ ref('stg_reference__intents') }}

union all

select
    'outcome_definition' as reference_table,
    'applied' as reference_key,
    {{ joined_text([
        'outcome_definition', 'require_closed', 'inactivity_hours', 'reopen_window_hours', 'accept_assumed',
        'human_reply_disqualifies', 'negative_csat_disqualifies'
    ]) }} as reference_value
from {{ ref('int_outcome_definition') }}

union all

select distinct
    'use_case_budgets' as reference_table,
    scope_value as reference_key,
    'registered' as reference_value
from {{ ref('stg_reference__budgets') }}
where scope_type = 'use_case'

union all

select
    'stage_cost_caps' as reference_table,
    tag as reference_key,
    cast(stage_cost_cap_usd as {{ type_text() }}) as reference_value
from {{ ref('stg_reference__endpoint_taxonomy') }}
where
    tag = canonical_tag
    and stage_cost_cap_usd is not null

union all

select
    'spend_spike_rules' as reference_table,
    window_grain as reference_key,
    {{ joined_text(['min_growth', 'min_rise_usd', 'min_standard_errors', 'history_days']) }} as reference_value
from {{ ref('stg_reference__spend_spike_rules') }}

union all

select
    'regression_window' as reference_table,
    'days' as reference_key,
    '{{ var("regression_window_days") }}' as reference_value
