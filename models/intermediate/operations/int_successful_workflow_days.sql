-- grain: one row a UTC date and endpoint: the workflows that first used the endpoint on the date
{{ config(materialized='incremental', unique_key='started_on', meta={'affected_by': 'int_affected_case_dates'}) }}

with workflow_endpoints as (

    select * from {{ ref('int_workflow_endpoints') }}
    where {{ on_affected(['started_on'], 'int_affected_case_dates') }}

),

workflows as (

    select
        workflow_id,
        is_success
    from {{ ref('fct_workflows') }}
    where {{ in_affected_case_history(['int_successful_workflow_days'], 'started_at') }}

)

select
    workflow_endpoints.started_on,
    workflow_endpoints.endpoint_tag,
    count(*) as workflows,
    count(*) filter (where workflows.is_success) as successful_workflows,
    count(*) filter (where workflows.is_success is null) as undecided_workflows,
    {{ whole_sum('workflow_endpoints.requests') }} as requests,
    {{ whole_sum('workflow_endpoints.attempts') }} as attempts,
    {{ whole_sum('workflow_endpoints.unpriced_attempts') }} as unpriced_attempts,
    {{ whole_sum('workflow_endpoints.input_tokens') }} as input_tokens,
    {{ whole_sum('workflow_endpoints.output_tokens') }} as output_tokens,
    {{ sum_usd('workflow_endpoints.cost_usd') }} as cost_usd
from workflow_endpoints
left join workflows on workflow_endpoints.workflow_id = workflows.workflow_id
group by
    workflow_endpoints.started_on,
    workflow_endpoints.endpoint_tag
