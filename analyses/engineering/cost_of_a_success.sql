-- What does a success of each flow cost, and which stage makes it dear?
-- grain: one row a use case, flow, endpoint and stage of customers' workflows that began in the last complete month
select
    stages.period_start,
    stages.use_case,
    stages.flow,
    stages.endpoint_tag,
    stages.stage,
    flows.unit,
    stages.outcome_definition,
    stages.successful_workflows,
    stages.undecided_workflows,
    stages.cost_per_successful_workflow_usd,
    stages.cost_per_successful_workflow_usd / nullif(economics.cost_per_successful_workflow_usd, 0)
        as share_of_the_cost_of_a_success,
    stages.tokens_per_successful_workflow
from {{ ref('use_case_stages') }} as stages
inner join {{ ref('use_case_economics') }} as economics
    on
        stages.period_grain = economics.period_grain
        and stages.period_start = economics.period_start
        and stages.use_case = economics.use_case
        and stages.flow = economics.flow
        and stages.outcome_definition = economics.outcome_definition
        and stages.audience = economics.audience
left join {{ ref('dim_flows') }} as flows
    on
        stages.use_case = flows.use_case
        and stages.flow = flows.flow
        and flows.is_newest
where
    stages.period_grain = 'month'
    and stages.audience = 'customers'
    and stages.period_start = (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'month'
            and periods.is_complete
    )
order by
    stages.use_case asc,
    stages.flow asc,
    stages.cost_per_successful_workflow_usd desc nulls last,
    stages.endpoint_tag asc,
    stages.stage asc,
    stages.outcome_definition asc
