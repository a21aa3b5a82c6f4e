-- grain: one row a use case, flow and version of its primary outcome
with outcomes as (

    select * from {{ ref('stg_reference__use_case_outcomes') }}

)

select
    use_case,
    flow,
    version,
    -- Which of the versions of an outcome definition holds for cases, says the variable, and every row that depends on it.
    case when use_case <> 'support' then concat(flow, '_v', cast(version as {{ type_text() }})) end as outcome_definition,
    effective_from,
    endpoint_tag,
    stage,
    outcome as primary_outcome,
    unit,
    lead(effective_from) over (partition by use_case, flow order by version) is null as is_newest
from outcomes
