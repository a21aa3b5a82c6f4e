-- grain: one row a week, use case and what is known of the outcome of the workflow that its attempts are of
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='week_start', meta={'in_run': 'months'}) }}

with workflow_days as (

    select
        *,
        {{ week_start('request_date') }} as week_start
    from {{ ref('int_workflow_stage_days') }}
    where {{ in_run('request_date', 'month_days') }}

),

workflows as (

    select * from {{ ref('fct_workflows') }}
    where {{ since_run_began('started_at', 'first_started_on') }}

),

endpoints as (

    select * from {{ ref('dim_endpoints') }}

)

select
    workflow_days.week_start,
    coalesce(endpoints.use_case, 'unknown') as use_case,
    -- A case that is open has an outcome: it is pending.
    case when coalesce(workflows.outcome, 'unknown') = 'unknown' then 'unknown_outcome' else 'known' end as status,
    {{ whole_sum('workflow_days.attempts') }} as attempts,
    {{ whole_sum('workflow_days.unpriced_attempts') }} as unpriced_attempts,
    {{ whole_sum(all_tokens('workflow_days.input_tokens', 'workflow_days.output_tokens')) }} as tokens,
    {{ sum_usd('workflow_days.cost_usd') }} as cost_usd
from workflow_days
left join workflows on workflow_days.workflow_id = workflows.workflow_id
left join endpoints on workflow_days.endpoint_tag = endpoints.endpoint_tag
where {{ in_run('workflow_days.week_start', 'months') }}
group by all
