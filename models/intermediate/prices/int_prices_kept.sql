-- grain: one row an attempt on the dates that this run rebuilds which already has a price
-- depends_on: {{ ref('int_affected_dates') }}
{%- set history = previous_build('fct_attempts') %}

-- What was priced keeps its price: a price row that was added since must not change a cost that has been reported.
with prices as (

    select * from {{ ref('int_model_prices_applicable') }}

),

attempts as (
    {% if history is not none %}
    select
        attempt_key,
        provider,
        model,
        coalesce(service_tier, 'standard') as service_tier,
        input_tokens,
        price_id
    from {{ history }}
    where {{ on_affected_dates('request_date') }}
    {% else %}
    select
        cast(null as {{ type_key() }}) as attempt_key,
        provider,
        model,
        service_tier,
        cast(null as bigint) as input_tokens,
        price_id
    from prices
    where false
    {% endif %}
)

select
    attempts.attempt_key,
    attempts.provider,
    attempts.model,
    attempts.service_tier,
    attempts.input_tokens,
    prices.price_id
from attempts
inner join prices
    on
        attempts.provider = prices.provider
        and attempts.model = prices.model
        and attempts.service_tier = prices.service_tier
        and attempts.price_id = prices.price_id
