-- Which ten customers cost us most?
-- grain: one row a customer, in the last complete month
--
-- Traffic of nobody in particular is a row of its own, unknown.
select
    spend_rank,
    tenant_id,
    tenant_name,
    cost_usd,
    spend_share,
    cumulative_share
from {{ ref('tenant_share') }}
where
    period_grain = 'month'
    and spend_rank <= 10
    and period_start = (
        select max(scorecards.period_start) from {{ ref('support_scorecard') }} as scorecards
        where
            scorecards.period_grain = 'month'
            and scorecards.is_complete
    )
order by spend_rank asc
