-- grain: one row a tenant of the register; without a key, tenants under raw identifiers of one kind are one row
with tenants as (

    select
        {{ shown_id('tenant_id') }} as tenant_id,
        tenant_name,
        plan_id,
        is_internal
    from {{ ref('stg_reference__tenants') }}

)

-- What several tenants that are shown as one do not share is not known of them.
select
    tenant_id,
    case when count(*) = 1 then max(tenant_name) end as tenant_name,
    case when min(coalesce(plan_id, '')) = max(coalesce(plan_id, '')) then max(plan_id) end as plan_id,
    case when bool_and(is_internal) = bool_or(is_internal) then bool_and(is_internal) end as is_internal
from tenants
group by tenant_id
