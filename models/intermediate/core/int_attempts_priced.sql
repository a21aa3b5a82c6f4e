-- grain: one row an attempt on the dates that this run rebuilds, with the price row that applies and its list price
{%- set price_columns = [
    'priced_provider', 'priced_model', 'input_pico_usd', 'cached_input_pico_usd', 'cache_write_pico_usd',
    'cache_write_1h_pico_usd', 'output_pico_usd'
] %}

with attempts as (

    select * from {{ ref('int_attempts_ordered') }}

),

matched as (

    select
        attempts.*,
        rates.usd_per_unit,
        {%- for column in price_columns %}
        case
            when prices_kept.price_id is not null then prices_kept.{{ column }}
            else prices.{{ column }}
        end as {{ column }},
        {%- endfor %}
        coalesce(prices_kept.price_id, prices.price_id) as price_id
    from attempts
    -- A correction of the model or the input size is a new fact, and priced anew.
    left join {{ ref('run_prices') }} as prices_kept
        on
            attempts.attempt_key = prices_kept.attempt_key
            and coalesce(attempts.provider, '') = prices_kept.provider
            and attempts.model = prices_kept.model
            and coalesce(attempts.service_tier, 'standard') = prices_kept.service_tier
            and coalesce(attempts.input_tokens, -1) = coalesce(prices_kept.input_tokens, -1)
    left join {{ ref('int_model_prices_applicable') }} as prices
        on
            coalesce(attempts.provider, '') = prices.provider
            and attempts.model = prices.model
            and coalesce(attempts.service_tier, 'standard') = prices.service_tier
            and attempts.event_date >= prices.valid_from
            and attempts.event_date < prices.valid_until
            and coalesce(attempts.input_tokens, 0) > prices.over_input_tokens
            and coalesce(attempts.input_tokens, 0) <= prices.up_to_input_tokens
    left join {{ ref('int_exchange_rates_ranged') }} as rates
        on
            attempts.reported_cost_currency = rates.currency
            and attempts.event_date >= rates.valid_from
            and attempts.event_date < rates.valid_until

)

select
    *,
    {{ pico_usd_to_usd(priced_pico_usd()) }} as priced_cost_usd,
    coalesce(reported_cost_usd, try_cast(reported_cost * usd_per_unit as {{ type_usd() }})) as counted_cost_usd
from matched
