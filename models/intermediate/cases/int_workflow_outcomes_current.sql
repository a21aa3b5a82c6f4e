-- grain: one row a workflow of the other use cases, with its newest delivered outcome
with outcomes as (

    select * from {{ ref('stg_applications__workflow_outcomes') }}
    where
        corrupt_record is null
        and workflow_id is not null

)

select * from outcomes
qualify row_number() over (
    partition by workflow_id
    order by
        completed_at desc nulls last,
        md5({{ joined_text(['use_case', 'outcome', 'is_success', 'tenant_id', 'started_at', 'value_usd']) }}) desc
) = 1
