-- grain: one row a step of a workflow: its requests at one stage within one turn, in order, across dates
-- depends_on: {{ ref('run_cases') }}
{{ config(
    materialized='incremental',
    unique_key='workflow_id',
    meta={'in_run': 'workflows', 'dated_by': 'started_on'}
) }}

with requests as (

    select * from {{ ref('int_workflow_requests_ordered') }}

),

visits as (

    select
        *,
        lag(newest_turn) over (partition by workflow_id, stage order by place) as turn_of_last_visit
    from requests

),

-- A step is a run of requests: what is in one but not its first request belongs to the last one that began.
longer_steps as (

    select
        *,
        max(case when is_first_of_step then place end) over (
            partition by workflow_id
            order by place
            rows between unbounded preceding and current row
        ) as step
    from visits
    where not (is_first_of_step and is_last_of_step)

),

steps as (

    -- Most steps are one request; they need no grouping.
    select
        workflow_id,
        place as step,
        stage,
        previous_stage,
        use_case,
        request_date as started_on,
        occurred_at as started_at,
        newest_turn,
        turn_of_last_visit,
        cast(1 as bigint) as requests,
        attempts,
        unpriced_attempts,
        cost_usd,
        first_input_tokens,
        first_input_cost_usd,
        largest_input_tokens_before
    from visits
    where is_first_of_step and is_last_of_step

    union all

    select
        workflow_id,
        step,
        min(stage) as stage,
        min(case when is_first_of_step then previous_stage end) as previous_stage,
        min(case when is_first_of_step then use_case end) as use_case,
        min(request_date) as started_on,
        min(occurred_at) as started_at,
        min(newest_turn) as newest_turn,
        min(case when is_first_of_step then turn_of_last_visit end) as turn_of_last_visit,
        count(*) as requests,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd,
        min_by(first_input_tokens, place) filter (where first_input_tokens is not null) as first_input_tokens,
        nullif(
            min_by(coalesce(first_input_cost_usd, -1), place) filter (where first_input_tokens is not null), -1
        ) as first_input_cost_usd,
        min(case when is_first_of_step then largest_input_tokens_before end) as largest_input_tokens_before
    from longer_steps
    group by
        workflow_id,
        step

)

select
    workflow_id,
    step,
    stage,
    previous_stage,
    use_case,
    started_on,
    started_at,
    requests,
    attempts,
    unpriced_attempts,
    cost_usd,
    turn_of_last_visit is null as is_first_visit,
    -- A new turn is new work; to come back to a stage without one is a loop.
    coalesce(turn_of_last_visit = newest_turn, false) as is_return,
    greatest(requests - {{ var('stage_request_limit') }}, 0) as requests_over_limit,
    first_input_tokens,
    first_input_cost_usd,
    largest_input_tokens_before
from steps
