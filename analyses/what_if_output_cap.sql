-- What would the endpoints have cost had no answer been longer than the endpoint's output cap?
-- grain: one row a month and endpoint with an output cap
--
-- Assumptions: the tokens above the cap (endpoint_taxonomy.output_token_cap) are not written, and nobody asks again for
-- the rest; input is as it was. Priced at the output price of the price row that the attempt carries. Attempts without
-- a list price are counted and save nothing.
with attempts as (

    select * from {{ ref('fct_attempts') }}
    where is_reportable

),

endpoints as (

    select * from {{ ref('dim_endpoints') }}
    where output_token_cap is not null

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

),

capped as (

    select
        attempts.request_date,
        attempts.endpoint_tag,
        endpoints.output_token_cap,
        attempts.priced_cost_usd,
        greatest(coalesce(attempts.output_tokens, 0) - endpoints.output_token_cap, 0) as tokens_over_cap,
        prices.output_pico_usd
    from attempts
    inner join endpoints on attempts.endpoint_tag = endpoints.endpoint_tag
    left join prices on attempts.price_id = prices.price_id

),

saved as (

    select
        *,
        case
            when priced_cost_usd is not null
                then {{ pico_usd_to_usd(bucket_pico_usd('tokens_over_cap', 'output_pico_usd')) }}
        end as saving_usd
    from capped

)

select
    {{ period_start('month', 'request_date') }} as month_start,
    endpoint_tag,
    output_token_cap,
    count(*) as attempts,
    count(*) filter (where tokens_over_cap > 0) as attempts_over_cap,
    count(*) filter (where tokens_over_cap > 0 and saving_usd is null) as unpriced_attempts_over_cap,
    {{ whole_sum('tokens_over_cap') }} as tokens_over_cap,
    {{ sum_usd('priced_cost_usd') }} as list_cost_usd,
    {{ sum_usd('saving_usd') }} as saving_usd
from saved
group by
    {{ period_start('month', 'request_date') }},
    endpoint_tag,
    output_token_cap
order by
    month_start asc,
    saving_usd desc nulls last,
    endpoint_tag asc
