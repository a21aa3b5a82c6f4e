-- What would the endpoints have cost had no answer been longer than the endpoint's output cap?
-- grain: one row a month and endpoint with an output cap
--
-- Assumptions: the tokens above the cap (endpoint_taxonomy.output_token_cap) are not written, and nobody asks again for
-- the rest; input is as it was. Priced at the output price of the price row that the attempt carries. Attempts without
-- a list price are counted and save nothing. What it risks: the remedy output_cap of the mart remedies.
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
from {{ ref('int_attempts_output_capped') }}
group by
    {{ period_start('month', 'request_date') }},
    endpoint_tag,
    output_token_cap
order by
    month_start asc,
    saving_usd desc nulls last,
    endpoint_tag asc
