-- Which low-risk work runs on dear models?
-- grain: one row an endpoint, intent and model above its tier, in the last complete month
select
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
        select max(scorecards.period_start) from {{ ref('support_scorecard') }} as scorecards
        where
            scorecards.period_grain = 'month'
            and scorecards.is_complete
    )
order by
    cost_usd desc nulls last,
    endpoint_tag asc,
    intent asc,
    model asc
