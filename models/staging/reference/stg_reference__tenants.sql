-- grain: one row a tenant (a customer account)
with source as (

    select * from {{ ref('tenants') }}

),

renamed as (

    select
        {{ to_text('tenant_id') }} as tenant_id,
        {{ to_text('tenant_name') }} as tenant_name,
        {{ to_text('plan_id') }} as plan_id,
        {{ to_boolean('is_internal') }} as is_internal
    from source

)

select * from renamed
