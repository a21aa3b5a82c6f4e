-- Which ten customers cost us most?
-- grain: one row a customer, in the last complete month
--
-- Traffic of nobody in particular is a row of its own, unknown.
select
    period_start,
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
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'month'
            and periods.is_complete
    )
order by spend_rank asc
