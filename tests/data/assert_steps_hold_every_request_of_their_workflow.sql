-- The steps of a workflow are all its requests, each once, with all that their attempts there have cost.
with attempts as (

    select *
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is not null
        and {{ touched_workflow_dates() }}
        and {{ touched('workflow_id', 'workflows', dated_by='request_date') }}

),

begun as (

    select
        workflow_id,
        request_id
    from attempts
    where attempt_index = 1

),

spent as (

    select
        attempts.workflow_id,
        count(*) filter (where attempts.attempt_index = 1) as requests,
        count(*) as attempts,
        count(*) - count(attempts.cost_usd) as unpriced_attempts,
        {{ sum_usd('attempts.cost_usd') }} as cost_usd
    from attempts
    inner join begun
        on
            attempts.workflow_id = begun.workflow_id
            and attempts.request_id = begun.request_id
    group by attempts.workflow_id

),

steps as (

    select
        workflow_id,
        cast(sum(requests) as bigint) as requests,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('int_stage_sequences') }}
    where {{ touched('workflow_id', 'workflows') }}
    group by workflow_id

)

{{ differences('spent', 'steps', ['workflow_id'], ['requests', 'attempts', 'unpriced_attempts', 'cost_usd']) }}
