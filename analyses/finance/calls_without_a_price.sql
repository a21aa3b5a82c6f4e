-- Which calls have no known cost, so that the total is too low?
-- grain: one row a month, provider and model
--
-- A price row in seeds/reference/model_prices.csv prices those that have tokens; without tokens nobody can.
select
    cast(date_trunc('month', request_date) as date) as month_start,
    coalesce(provider, 'unknown') as provider,
    coalesce(model, 'unknown') as model,
    count(*) as unpriced_attempts,
    count(*) filter (where input_tokens is null and output_tokens is null) as attempts_without_tokens,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens
from {{ ref('fct_attempts') }}
where
    is_reportable
    and cost_usd is null
group by
    cast(date_trunc('month', request_date) as date),
    coalesce(provider, 'unknown'),
    coalesce(model, 'unknown')
order by
    month_start asc,
    unpriced_attempts desc,
    provider asc,
    model asc
