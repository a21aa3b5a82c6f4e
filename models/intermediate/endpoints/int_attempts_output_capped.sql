-- grain: one row a reportable attempt on an endpoint with an output cap, with what its tokens above the cap cost
{{ config(materialized='view', meta={'touched_by': 'request_date'}) }}

with attempts as (

    select * from {{ ref('fct_attempts') }}
    where is_reportable

),

endpoints as (

    select * from {{ ref('int_endpoint_limits') }}
    where output_token_cap is not null

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

),

capped as (

    select
        attempts.attempt_key,
        attempts.request_id,
        attempts.attempt_index,
        attempts.request_date,
        attempts.workflow_id,
        attempts.endpoint_tag,
        {{ is_answer() }} as is_answer,
        endpoints.output_token_cap,
        attempts.priced_cost_usd,
        {{ tokens_over('attempts.output_tokens', 'endpoints.output_token_cap') }} as tokens_over_cap,
        prices.output_pico_usd
    from attempts
    inner join endpoints on attempts.endpoint_tag = endpoints.endpoint_tag
    left join prices on attempts.price_id = prices.price_id

)

select
    *,
    case
        when priced_cost_usd is not null
            then {{ pico_usd_to_usd(bucket_pico_usd('tokens_over_cap', 'output_pico_usd')) }}
    end as saving_usd
from capped
