-- grain: one row an attempt of the run's months and a remedy by which it is not made at all
with attempts as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and {{ in_run('request_date', 'months', dated_by='request_date') }}

),

unknown_user_calls as (

    select * from {{ ref('int_unknown_user_calls') }}
    where is_refused

),

repeated_tool_calls as (

    select * from {{ ref('int_tool_calls_judged') }}
    where
        is_repeated
        and {{ in_run('request_date', 'months', dated_by='request_date') }}

)

select
    attempt_key,
    request_id,
    attempt_index,
    request_date,
    workflow_id,
    endpoint_tag,
    is_answer,
    'throttle_unknown_users' as remedy,
    cost_usd as saving_usd
from unknown_user_calls

union all

select
    attempt_key,
    request_id,
    attempt_index,
    request_date,
    workflow_id,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    {{ is_answer() }} as is_answer,
    'fewer_retries' as remedy,
    cost_usd as saving_usd
from attempts
where attempt_index > {{ var('remedy_max_retries') }} + 1

union all

select
    attempts.attempt_key,
    attempts.request_id,
    attempts.attempt_index,
    attempts.request_date,
    attempts.workflow_id,
    repeated_tool_calls.endpoint_tag,
    {{ is_answer() }} as is_answer,
    'repeated_tool_calls' as remedy,
    attempts.cost_usd as saving_usd
from attempts
inner join repeated_tool_calls
    on
        attempts.request_date = repeated_tool_calls.request_date
        and attempts.request_id = repeated_tool_calls.request_id
        and attempts.workflow_id = repeated_tool_calls.workflow_id
        and coalesce(attempts.endpoint_tag, 'unknown') = repeated_tool_calls.endpoint_tag
        and attempts.tool_name = repeated_tool_calls.tool_name
        and attempts.tool_input_hash = repeated_tool_calls.tool_input_hash
