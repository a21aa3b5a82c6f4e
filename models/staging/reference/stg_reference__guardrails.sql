-- grain: one row a guardrail: a number that has to stay within a limit, and the action that sees to it
with source as (

    select * from {{ ref('guardrails') }}

),

renamed as (

    select
        {{ to_text('guardrail_id') }} as guardrail_id,
        {{ to_word('metric') }} as metric,
        {{ to_word('scope_type') }} as scope_type,
        {{ to_text('scope_value') }} as scope_value,
        {{ to_word('direction') }} as direction,
        cast(limit_value as decimal(18, 6)) as limit_value,
        cast(since as date) as since,
        {{ to_text('owner') }} as owner,
        {{ to_text('action') }} as action,
        cast(due_on as date) as due_on,
        cast(done_on as date) as done_on
    from source

)

select * from renamed
