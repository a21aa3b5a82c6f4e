-- How far are the largest requests from the usual one?
-- grain: one row an endpoint, in the last complete week
select
    period_start,
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
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'week'
            and periods.is_complete
    )
order by
    p99_to_p50 desc nulls last,
    endpoint_tag asc
