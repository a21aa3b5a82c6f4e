-- grain: one row a use case, flow and version of its primary outcome
with outcomes as (

    select * from {{ ref('stg_reference__use_case_outcomes') }}

)

select
    use_case,
    flow,
    version,
    -- Cases are judged by the definition that the variable outcome_definition names.
    case when use_case <> 'support' then outcome_definition end as outcome_definition,
    effective_from,
    endpoint_tag,
    stage,
    outcome as primary_outcome,
    unit,
    lead(effective_from) over (partition by use_case, flow order by version) is null as is_newest
from outcomes
