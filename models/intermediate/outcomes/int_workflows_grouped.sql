-- grain: one row a workflow that began in the months of this run, by what marts of use cases group by
with workflows as (

    select * from {{ ref('fct_workflows') }}
    where {{ in_run('cast(started_at as date)', 'month_days', dated_by='started_at') }}

),

tenants as (

    select * from {{ ref('dim_tenants') }}

),

use_cases as (

    select * from {{ ref('dim_use_cases') }}

)

select
    workflows.workflow_id,
    cast(workflows.started_at as date) as started_on,
    coalesce(workflows.use_case, 'unknown') as use_case,
    coalesce(workflows.flow, 'unknown') as flow,
    workflows.outcome_definition,
    case
        when use_cases.is_internal_tooling or tenants.is_internal then 'internal'
        -- It may have been for one of the company's own.
        when tenants.is_internal is null then 'unknown'
        else 'customers'
    end as audience,
    workflows.is_success,
    coalesce(
        workflows.is_success is null
        and workflows.outcome = workflows.primary_outcome
        and not workflows.is_success_as_sent, false
    ) as is_contradicted,
    coalesce(not workflows.is_success and workflows.is_success_as_sent, false) as is_other_success,
    workflows.requests,
    workflows.attempts,
    workflows.retries,
    workflows.unpriced_attempts,
    workflows.input_tokens,
    workflows.output_tokens,
    workflows.cost_usd,
    workflows.waste_cost_usd
from workflows
left join tenants on workflows.tenant_id = tenants.tenant_id
left join use_cases on workflows.use_case = use_cases.use_case
