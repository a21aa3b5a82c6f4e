-- grain: one row a period grain, period and tenant with reportable spend
{{ config(
    materialized='incremental',
    unique_key=['period_grain', 'period_start'],
    meta={'affected_by': 'int_affected_periods'}
) }}

with ranked as (

    select * from {{ ref('int_tenant_periods_ranked') }}
    where {{ on_affected(['period_grain', 'period_start'], 'int_affected_periods') }}

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
