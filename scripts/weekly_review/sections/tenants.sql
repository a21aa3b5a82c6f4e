-- query: top
select
    now.tenant_id, now.tenant_name, now.cost_usd, now.spend_share, now.cumulative_share, now.spend_rank,
    now.spend_share - before.spend_share as share_change, now.unpriced_attempts
from tenant_share as now
left join tenant_share as before
    on before.period_grain = 'week' and before.period_start = $previous_week and now.tenant_id = before.tenant_id
where now.period_grain = 'week' and now.period_start = $week and now.tenant_id <> 'unknown'
order by now.spend_rank
limit 10

-- query: others
with ranked as (
    select *, row_number() over (order by spend_rank) as place
    from tenant_share
    where period_grain = 'week' and period_start = $week and tenant_id <> 'unknown'
)
select count(*) as tenants, sum(cost_usd) as cost_usd, sum(spend_share) as spend_share
from ranked
where place > 10

-- query: unknown
select now.cost_usd, now.spend_share, now.spend_share - before.spend_share as share_change
from tenant_share as now
left join tenant_share as before
    on before.period_grain = 'week' and before.period_start = $previous_week and before.tenant_id = 'unknown'
where now.period_grain = 'week' and now.period_start = $week and now.tenant_id = 'unknown'

-- query: concentration
select
    (
        select count(*) from tenant_share as known
        where known.period_grain = 'week' and known.period_start = $week and known.tenant_id <> 'unknown'
    ) as customers,
    now.top_1_share, now.top_5_share, now.effective_tenants, before.top_1_share as previous_top_1_share,
    before.top_5_share as previous_top_5_share, before.effective_tenants as previous_effective_tenants
from tenant_concentration as now
left join tenant_concentration as before on before.period_grain = 'week' and before.period_start = $previous_week
where now.period_grain = 'week' and now.period_start = $week
