-- grain: one row a word that a help desk, or any of them, has for a status
with source as (

    select * from {{ ref('ticket_statuses') }}

),

renamed as (

    select
        {{ to_word('source_system') }} as source_system,
        {{ ticket_status_word('word') }} as word,
        {{ to_word('category') }} as category
    from source

)

select * from renamed
