-- grain: one row a tenant of the register
select
    tenant_id,
    tenant_name,
    plan_id,
    is_internal
from {{ ref('stg_reference__tenants') }}
