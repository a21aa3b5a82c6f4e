-- The list price of every attempt, recomputed in dollars a million tokens from the price row that it carries.
with attempts as (

    select * from {{ ref('fct_attempts') }}

),

prices as (

    select * from {{ ref('dim_model_prices') }}

),

recomputed as (

    select
        attempts.attempt_key,
        attempts.priced_cost_usd,
        prices.price_id,
        prices.effective_from,
        attempts.request_date,
        (
            greatest(
                coalesce(attempts.input_tokens, 0)
                - coalesce(attempts.cached_input_tokens, 0)
                - coalesce(attempts.cache_write_tokens, 0),
                0
            ) * coalesce(prices.input_usd_per_million, 0)
            + coalesce(attempts.cached_input_tokens, 0)
            * coalesce(prices.cached_input_usd_per_million, prices.input_usd_per_million, 0)
            + greatest(coalesce(attempts.cache_write_tokens, 0) - coalesce(attempts.cache_write_1h_tokens, 0), 0)
            * coalesce(prices.cache_write_usd_per_million, prices.input_usd_per_million, 0)
            + coalesce(attempts.cache_write_1h_tokens, 0)
            * coalesce(
                prices.cache_write_1h_usd_per_million,
                prices.cache_write_usd_per_million,
                prices.input_usd_per_million,
                0
            )
            + coalesce(attempts.output_tokens, 0) * coalesce(prices.output_usd_per_million, 0)
        ) as usd_times_million
    from attempts
    left join prices on attempts.price_id = prices.price_id
    where
        attempts.priced_cost_usd is not null
        and {{ touched('attempts.request_date', 'dates') }}

)

select *
from recomputed
where
    price_id is null
    or effective_from > request_date
    or usd_times_million <> cast(priced_cost_usd as decimal(28, 12)) * 1000000
