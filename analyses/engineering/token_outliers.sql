-- How far are the largest requests from the usual one?
-- grain: one row an endpoint, in the last complete week
select
    endpoint_tag,
    requests,
    tokens_p50,
    tokens_p95,
    tokens_p99,
    max_tokens,
    cast(tokens_p99 as double) / nullif(tokens_p50, 0) as p99_to_p50
from {{ ref('endpoint_percentiles') }}
where
    period_grain = 'week'
    and segment_type = 'all'
    and period_start = (
        select max(scorecards.period_start) from {{ ref('support_scorecard') }} as scorecards
        where
            scorecards.period_grain = 'week'
            and scorecards.is_complete
    )
order by
    p99_to_p50 desc nulls last,
    endpoint_tag asc
