-- grain: one row a user, with the tenant it belongs to
with source as (

    select * from {{ ref('tenant_users') }}

),

renamed as (

    select
        {{ to_text('user_id') }} as user_id,
        {{ to_text('tenant_id') }} as tenant_id
    from source

)

select * from renamed
