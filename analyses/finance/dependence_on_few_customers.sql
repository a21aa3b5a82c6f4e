-- How much of the spend hangs on a few customers?
-- grain: one row a month
--
-- Effective tenants: as many equal customers would give the same concentration.
select
    period_start as month_start,
    cost_usd,
    tenants,
    top_1_share,
    top_5_share,
    effective_tenants
from {{ ref('tenant_concentration') }}
where period_grain = 'month'
order by month_start asc
