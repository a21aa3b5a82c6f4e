-- Do reported costs agree with the price book?
-- grain: one row a month, provider and model
--
-- Only calls that have both figures. A ratio away from 1 is a discount, a fee, or a price that is missing or wrong.
select
    period_start as month_start,
    provider,
    model,
    attempts,
    reported_cost_usd,
    list_cost_usd,
    list_cost_usd - reported_cost_usd as difference_usd,
    list_to_reported_ratio
from {{ ref('reported_against_list') }}
order by
    month_start asc,
    abs(list_cost_usd - reported_cost_usd) desc nulls last,
    provider asc,
    model asc
