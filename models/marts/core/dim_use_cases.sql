-- grain: one row a use case that the company registered
with endpoints as (

    select
        use_case,
        count(*) as endpoints,
        count(distinct stage) as stages
    from {{ ref('dim_endpoints') }}
    group by use_case

),

flows as (

    select
        use_case,
        count(distinct flow) as flows
    from {{ ref('stg_reference__use_case_outcomes') }}
    group by use_case

),

risks as (

    select
        use_case,
        count(*) as risks
    from {{ ref('stg_reference__use_case_risks') }}
    group by use_case

),

budgets as (

    select
        scope_value as use_case,
        count(distinct budget_id) as budgets
    from {{ ref('stg_reference__budgets') }}
    where scope_type = 'use_case'
    group by scope_value

)

select
    use_cases.use_case,
    use_cases.description,
    use_cases.owner,
    use_cases.escalation_path,
    use_cases.risk_profile,
    use_cases.is_internal_tooling,
    coalesce(endpoints.endpoints, 0) as endpoints,
    coalesce(endpoints.stages, 0) as stages,
    coalesce(flows.flows, 0) as flows,
    coalesce(risks.risks, 0) as risks,
    coalesce(budgets.budgets, 0) as budgets
from {{ ref('stg_reference__use_cases') }} as use_cases
left join endpoints on use_cases.use_case = endpoints.use_case
left join flows on use_cases.use_case = flows.use_case
left join risks on use_cases.use_case = risks.use_case
left join budgets on use_cases.use_case = budgets.use_case
