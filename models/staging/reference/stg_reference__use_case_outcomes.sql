-- grain: one row a version of the primary outcome of a flow of a use case
with source as (

    select * from {{ ref('use_case_outcomes') }}

),

renamed as (

    select
        {{ to_word('use_case') }} as use_case,
        {{ to_word('flow') }} as flow,
        cast(version as int) as version,
        cast(effective_from as date) as effective_from,
        {{ to_word('endpoint_tag') }} as endpoint_tag,
        {{ to_word('stage') }} as stage,
        {{ to_word('outcome') }} as outcome,
        {{ to_text('unit') }} as unit
    from source

)

select
    *,
    concat(flow, '_v', cast(version as {{ type_text() }})) as outcome_definition
from renamed
