-- grain: one row a budget of a scope from a date
with source as (

    select * from {{ ref('budgets') }}

),

renamed as (

    select
        {{ to_text('budget_id') }} as budget_id,
        {{ to_word('scope_type') }} as scope_type,
        {{ to_text('scope_value') }} as scope_value,
        {{ to_word('risk_level') }} as risk_level,
        {{ to_word('period') }} as period,
        cast(amount_usd as decimal(18, 6)) as amount_usd,
        cast(amount_tokens as bigint) as amount_tokens,
        cast(effective_from as date) as effective_from,
        {{ to_text('owner') }} as owner
    from source

)

select * from renamed
