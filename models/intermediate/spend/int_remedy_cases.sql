-- grain: one row a month of the run, endpoint and remedy that reaches calls there, and workflow that used the endpoint
with affected as (

    select * from {{ ref('int_remedy_workflows') }}
    where {{ in_run('period_start', 'months', dated_by='period_start') }}

),

applied as (

    select distinct
        period_start,
        endpoint_tag,
        remedy
    from affected

),

used as (

    select distinct
        {{ period_start('month', 'request_date') }} as period_start,
        endpoint_tag,
        workflow_id
    from {{ ref('int_workflow_stage_days') }}
    where {{ in_run('request_date', 'months', dated_by='request_date') }}

),

workflows as (

    select * from {{ ref('fct_workflows') }}
    where {{ since_run_began('started_at', 'first_started_on') }}

),

cases as (

    select * from {{ ref('fct_tickets') }}
    where {{ since_run_began('first_attempt_at', 'first_started_on') }}

)

select
    used.period_start,
    used.endpoint_tag,
    applied.remedy,
    used.workflow_id,
    coalesce(workflows.intent, 'unknown') as intent,
    affected.workflow_id is not null as is_affected,
    coalesce(affected.answers, 0) as answers,
    {{ has_comparable_outcome() }} as has_outcome,
    {{ has_comparable_outcome() }} and coalesce(workflows.is_success, false) as is_success,
    cases.ticket_id is not null as is_support,
    cases.csat
from used
inner join applied
    on
        used.period_start = applied.period_start
        and used.endpoint_tag = applied.endpoint_tag
left join affected
    on
        used.period_start = affected.period_start
        and used.endpoint_tag = affected.endpoint_tag
        and used.workflow_id = affected.workflow_id
        and applied.remedy = affected.remedy
left join workflows on used.workflow_id = workflows.workflow_id
left join cases on used.workflow_id = cases.ticket_id
