-- grain: one row an endpoint with a cap on its tool calls
with source as (

    select * from {{ ref('tool_caps') }}

),

renamed as (

    select
        {{ to_word('endpoint_tag') }} as endpoint_tag,
        cast(calls_per_workflow as bigint) as calls_per_workflow,
        cast(output_tokens_per_call as bigint) as output_tokens_per_call
    from source

)

select * from renamed
