-- grain: one row a flow of a use case other than support and range of dates, with the primary outcome of it, if any
with outcomes as (

    select * from {{ ref('stg_reference__use_case_outcomes') }}
    -- Cases are judged by an outcome definition.
    where use_case <> 'support'

)

select
    use_case,
    flow,
    endpoint_tag is null as is_whole_use_case,
    outcome_definition,
    outcome as primary_outcome,
    effective_from as valid_from,
    coalesce(lead(effective_from) over (partition by use_case, flow order by version), date '9999-12-31') as valid_until
from outcomes

union all

-- A workflow is in its flow, too, where it began before the first version.
select
    use_case,
    flow,
    endpoint_tag is null as is_whole_use_case,
    cast(null as {{ type_text() }}) as outcome_definition,
    cast(null as {{ type_text() }}) as primary_outcome,
    date '0001-01-01' as valid_from,
    min(effective_from) as valid_until
from outcomes
group by
    use_case,
    flow,
    endpoint_tag is null
