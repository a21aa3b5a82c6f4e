-- grain: one row a period grain (day, week), period, endpoint, segment type and segment value
select
    period_grain,
    period_start,
    endpoint_tag,
    segment_type,
    segment_value,
    requests,
    requests_with_known_tokens,
    tokens_p50,
    tokens_p95,
    tokens_p99,
    max_tokens,
    requests_with_known_cost,
    cost_p50_usd,
    cost_p95_usd,
    cost_p99_usd,
    max_cost_usd
from {{ ref('int_request_percentiles') }}
