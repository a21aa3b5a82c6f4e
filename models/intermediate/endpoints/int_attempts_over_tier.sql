-- grain: one row a reportable attempt on a model above its work's tier, with what a model of that tier would have cost
{{ config(materialized='view', meta={'touched_by': 'request_date'}) }}
{%- set counts = [
    'input_tokens', 'cached_input_tokens', 'cache_write_tokens', 'cache_write_1h_tokens', 'output_tokens', 'total_tokens'
] %}
{%- set prices_of = ['input', 'cached_input', 'cache_write', 'cache_write_1h', 'output'] %}

with intents as (

    select * from {{ ref('stg_reference__intents') }}

),

endpoints as (

    select * from {{ ref('int_endpoint_limits') }}

),

tiers as (

    select * from {{ ref('int_model_tiers_ranked') }}

),

replacements as (

    select * from {{ ref('int_replacement_models') }}

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

),

breaches as (

    select
        attempts.*,
        {{ allowed_model_tier() }} as max_model_tier,
        endpoints.output_token_cap
    from {{ ref('fct_attempts') }} as attempts
    left join intents on attempts.intent = intents.intent
    left join endpoints on attempts.endpoint_tag = endpoints.endpoint_tag
    inner join tiers as used on attempts.model_tier = used.model_tier
    inner join tiers as allowed on {{ allowed_model_tier() }} = allowed.model_tier
    where
        attempts.is_reportable
        and used.tier_rank > allowed.tier_rank

),

-- At the price of the day: for the service tier of the call where the replacement has one, else standard.
matched as (

    select
        breaches.attempt_key,
        breaches.request_id,
        breaches.attempt_index,
        breaches.request_date,
        breaches.workflow_id,
        coalesce(breaches.endpoint_tag, 'unknown') as endpoint_tag,
        breaches.intent,
        breaches.priced_provider as provider,
        breaches.priced_model as model,
        breaches.max_model_tier,
        replacements.model as replacement_model,
        {{ is_answer() }} as is_answer,
        {%- for count in counts %}
        breaches.{{ count }},
        {%- endfor %}
        {{ tokens_over('breaches.output_tokens', 'breaches.output_token_cap') }} as output_over_cap,
        breaches.priced_cost_usd,
        {%- for kind in prices_of %}
        case when own.price_id is null then standard.{{ kind }}_pico_usd else own.{{ kind }}_pico_usd end
            as {{ kind }}_pico_usd,
        {%- endfor %}
        coalesce(own.price_id, standard.price_id) as price_id
    from breaches
    left join replacements
        on
            {{ period_start('month', 'breaches.request_date') }} = replacements.month_start
            and breaches.priced_provider = replacements.provider
            and breaches.max_model_tier = replacements.model_tier
    {%- for name, service_tier in {
        'own': "coalesce(breaches.service_tier, 'standard')",
        'standard': "'standard'",
    }.items() %}
    left join prices as {{ name }}
        on
            replacements.provider = {{ name }}.provider
            and replacements.model = {{ name }}.model
            and {{ service_tier }} = {{ name }}.service_tier
            and breaches.request_date >= {{ name }}.valid_from
            and breaches.request_date < {{ name }}.valid_until
            and coalesce(breaches.input_tokens, 0) > {{ name }}.over_input_tokens
            and coalesce(breaches.input_tokens, 0) <= {{ name }}.up_to_input_tokens
    {%- endfor %}

)

select
    *,
    {{ pico_usd_to_usd(priced_pico_usd()) }} as what_if_cost_usd
from matched
