-- grain: one row a line of a provider's monthly invoice, as delivered
with source as (

    select * from {{ raw_table('provider_invoices') }}

),

typed as (

    select
        *,
        {{ typed_columns('provider_invoices') }}
    from source

),

renamed as (

    select
        {{ to_word('provider') }} as provider,
        -- a month as 2026-07, or any day of it
        read_billing_month as billing_month,
        {{ to_word('line_item') }} as line_item,
        -- an invoice may well be over the million dollars that an attempt never costs
        read_billed_usd as billed_usd,
        read_credit_usd as credit_usd,
        upper({{ to_text('currency') }}) as currency,
        {{ unreadable_values('provider_invoices') }} as unreadable_values,
        corrupt_record,
        source_file,
        source_line
    from typed

)

select * from renamed
