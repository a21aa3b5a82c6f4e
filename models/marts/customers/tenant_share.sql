-- grain: one row a period grain, period and tenant with reportable spend
-- A view, so that a tenant's new name holds for every period at once.
{{ config(materialized='view') }}

with ranked as (

    select * from {{ ref('int_tenant_periods_ranked') }}

),

tenants as (

    select * from {{ ref('dim_tenants') }}

)

select
    ranked.period_grain,
    ranked.period_start,
    ranked.tenant_id,
    tenants.tenant_name,
    ranked.cost_usd,
    {{ ratio('ranked.cost_usd', 'ranked.total_cost_usd') }} as spend_share,
    ranked.spend_rank,
    {{ ratio('ranked.cumulative_cost_usd', 'ranked.total_cost_usd') }} as cumulative_share,
    ranked.attempts,
    ranked.unpriced_attempts
from ranked
left join tenants on ranked.tenant_id = tenants.tenant_id
