-- grain: one row a request of a workflow that this run looks at, with its place there and where a step begins and ends
with requests as (

    select * from {{ ref('int_workflow_requests') }}

),

ordered as (

    select
        *,
        row_number() over workflow_order as place,
        lag(stage) over workflow_order as previous_stage,
        lead(stage) over workflow_order as next_stage,
        lead(turn) over workflow_order as next_turn,
        coalesce(max(turn) over before, -1) as newest_turn_before,
        max(max_input_tokens) over before as largest_input_tokens_before
    from requests
    -- Clocks often tick in seconds: within one moment the turn comes first, then the key, so that every order is one.
    window
        workflow_order as (partition by workflow_id order by occurred_at, turn, attempt_key),
        before as (
            partition by workflow_id
            order by occurred_at, turn, attempt_key
            rows between unbounded preceding and 1 preceding
        )

),

with_turns as (

    select
        *,
        greatest(turn, newest_turn_before) as newest_turn
    from ordered

)

-- Every column that its readers' windows do not need is one that they have to sort along.
select
    workflow_id,
    place,
    stage,
    previous_stage,
    use_case,
    request_date,
    occurred_at,
    attempts,
    unpriced_attempts,
    cost_usd,
    first_input_tokens,
    first_input_cost_usd,
    largest_input_tokens_before,
    newest_turn,
    previous_stage is null or stage <> previous_stage or turn > newest_turn_before as is_first_of_step,
    -- The next request's own rule, without a window more.
    next_stage is null or stage <> next_stage or next_turn > newest_turn as is_last_of_step
from with_turns
