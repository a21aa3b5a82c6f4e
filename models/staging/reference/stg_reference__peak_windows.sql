-- grain: one row a window of time in which the budgets of a scope are other ones
with source as (

    select * from {{ ref('peak_windows') }}

),

renamed as (

    select
        {{ to_text('window_id') }} as window_id,
        {{ to_word('scope_type') }} as scope_type,
        {{ to_text('scope_value') }} as scope_value,
        cast(starts_on as date) as starts_on,
        cast(ends_on as date) as ends_on,
        cast(amount_factor as decimal(9, 6)) as amount_factor,
        {{ to_text('note') }} as note
    from source

)

select * from renamed
