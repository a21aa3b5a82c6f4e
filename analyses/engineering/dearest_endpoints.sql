-- What does each endpoint cost a request, in how many tokens?
-- grain: one row an endpoint, in the last complete month
select
    period_start,
    endpoint_tag,
    sum(cost_usd) as cost_usd,
    sum(cost_usd) / nullif(sum(requests), 0) as cost_per_request_usd,
    sum(input_tokens) / nullif(sum(requests), 0) as input_tokens_per_request,
    sum(output_tokens) / nullif(sum(requests), 0) as output_tokens_per_request,
    sum(retries) / nullif(sum(requests), 0) as retries_per_request
from {{ ref('endpoint_economics') }}
where
    period_grain = 'month'
    and period_start = (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'month'
            and periods.is_complete
    )
group by
    period_start,
    endpoint_tag
order by
    cost_usd desc nulls last,
    endpoint_tag asc
