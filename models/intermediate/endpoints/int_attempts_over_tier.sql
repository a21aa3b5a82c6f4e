-- grain: one row a reportable attempt on a model above the tier that its work allows, as a model of that tier would cost
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
        {%- for count in ['input_tokens', 'cached_input_tokens', 'cache_write_tokens', 'cache_write_1h_tokens', 'output_tokens'] %}
        breaches.{{ count }},
        {%- endfor %}
        breaches.total_tokens,
        {{ tokens_over('breaches.output_tokens', 'breaches.output_token_cap') }} as output_over_cap,
        breaches.priced_cost_usd,
        {%- for column in ['price_id', 'input_pico_usd', 'cached_input_pico_usd', 'cache_write_pico_usd', 'cache_write_1h_pico_usd'] %}
        case when own.price_id is null then standard.{{ column }} else own.{{ column }} end as {{ column }},
        {%- endfor %}
        case when own.price_id is null then standard.output_pico_usd else own.output_pico_usd end as output_pico_usd
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
