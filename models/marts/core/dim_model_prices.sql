-- grain: one row a price of the price book
select
    price_id,
    provider,
    model,
    service_tier,
    over_input_tokens,
    effective_from,
    input_usd_per_million,
    cached_input_usd_per_million,
    cache_write_usd_per_million,
    output_usd_per_million,
    cache_write_1h_usd_per_million,
    left_out,
    price_source,
    price_version
from {{ ref('stg_reference__model_prices') }}
