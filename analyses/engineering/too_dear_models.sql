-- Which low-risk work runs on dear models?
-- grain: one row an endpoint, intent and model above its tier, in the last complete month
select
    period_start,
    endpoint_tag,
    intent,
    max_model_tier,
    model,
    model_tier,
    attempts,
    attempt_share,
    cost_usd
from {{ ref('model_tier_breaches') }}
where
    period_grain = 'month'
    and period_start = (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'month'
            and periods.is_complete
    )
order by
    cost_usd desc nulls last,
    endpoint_tag asc,
    intent asc,
    model asc
