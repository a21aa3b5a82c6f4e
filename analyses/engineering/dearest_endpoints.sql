-- What does each endpoint cost a request, in how many tokens?
-- grain: one row an endpoint, in the last complete month
select
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
        select max(scorecards.period_start) from {{ ref('support_scorecard') }} as scorecards
        where
            scorecards.period_grain = 'month'
            and scorecards.is_complete
    )
group by endpoint_tag
order by
    cost_usd desc nulls last,
    endpoint_tag asc
