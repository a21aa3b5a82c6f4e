-- grain: one row a step of a workflow: its requests at one stage within one turn, in order, across dates
{{ config(
    materialized='incremental',
    unique_key='workflow_id',
    meta={'affected_by': 'int_workflows_on_affected_dates', 'dated_by': 'started_on'}
) }}

-- Retries alone are no visit: they belong to a request that began before, whatever else began in between.
with visits as (

    select * from {{ ref('int_stage_visits') }}
    where
        requests > 0
        and {{ on_affected(['workflow_id'], 'int_workflows_on_affected_dates', 'request_date') }}

),

ordered as (

    select
        *,
        row_number() over workflow_order as place,
        lag(stage) over workflow_order as previous_stage,
        coalesce(max(turn) over before, -1) as newest_turn_before,
        max(max_input_tokens) over before as largest_input_tokens_before
    from visits
    window
        workflow_order as (partition by workflow_id order by request_date, visit),
        before as (
            partition by workflow_id
            order by request_date, visit
            rows between unbounded preceding and 1 preceding
        )

),

begun as (

    select
        *,
        previous_stage is null or stage <> previous_stage or coalesce(turn, -1) > newest_turn_before as is_first_of_step
    from ordered

),

numbered as (

    select
        *,
        sum(case when is_first_of_step then 1 else 0 end) over (
            partition by workflow_id
            order by place
            rows between unbounded preceding and current row
        ) as step
    from begun

),

steps as (

    select
        workflow_id,
        cast(step as bigint) as step,
        min(stage) as stage,
        min(case when is_first_of_step then previous_stage end) as previous_stage,
        min(case when is_first_of_step then use_case end) as use_case,
        min(request_date) as started_on,
        min(started_at) as started_at,
        max(greatest(coalesce(turn, -1), newest_turn_before)) as newest_turn,
        cast(sum(requests) as bigint) as requests,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd,
        min_by(first_input_tokens, place) filter (where first_input_tokens is not null) as first_input_tokens,
        nullif(
            min_by(coalesce(first_input_cost_usd, -1), place) filter (where first_input_tokens is not null), -1
        ) as first_input_cost_usd,
        min(case when is_first_of_step then largest_input_tokens_before end) as largest_input_tokens_before
    from numbered
    group by
        workflow_id,
        step

),

looked_back as (

    select
        *,
        lag(newest_turn) over (partition by workflow_id, stage order by step) as turn_of_last_visit
    from steps

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
from looked_back
