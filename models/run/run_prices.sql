-- grain: one row an attempt on the dates that this run rebuilds which already has a price, with that price
-- depends_on: {{ ref('run_dates') }}
{{ config(materialized='table', pre_hook='{{ refuse_changed_prices() }}') }}

-- What was priced keeps its price: a price row or an alias that was added since must not change a cost that has been
-- reported. So the row is found by its id alone, not by what would apply today.
with attempts as (
    {% if run_is_whole() %}
    select
        cast(null as {{ type_key() }}) as attempt_key,
        provider,
        model,
        service_tier,
        cast(null as bigint) as input_tokens,
        price_id
    from {{ ref('int_model_prices_ranged') }}
    where false
    {% else %}
    select
        {{ stored_attempt_key() }} as attempt_key,
        coalesce(provider, '') as provider,
        model,
        coalesce(service_tier, 'standard') as service_tier,
        input_tokens,
        price_id
    from {{ previous_build('int_attempts_attributed') }}
    where {{ in_run('request_date', 'dates') }}
    {% endif %}
)

select
    attempts.attempt_key,
    attempts.provider,
    attempts.model,
    attempts.service_tier,
    attempts.input_tokens,
    prices.provider as priced_provider,
    prices.model as priced_model,
    prices.price_id,
    prices.input_pico_usd,
    prices.cached_input_pico_usd,
    prices.cache_write_pico_usd,
    prices.cache_write_1h_pico_usd,
    prices.output_pico_usd
from attempts
inner join {{ ref('int_model_prices_ranged') }} as prices on attempts.price_id = prices.price_id
