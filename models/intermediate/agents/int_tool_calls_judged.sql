-- grain: one row a row of int_tool_calls since the run's first workflow began, with whether its input was sent before
select
    *,
    workflow_id is not null and tool_input_hash is not null as is_input_known,
    -- A request that ran past midnight is two rows, but never a repetition of itself.
    workflow_id is not null
    and tool_input_hash is not null
    and request_id <> first_value(request_id) over (
        partition by workflow_id, tool_name, tool_input_hash
        order by called_at, request_id
        rows between unbounded preceding and current row
    ) as is_repeated
from {{ ref('int_tool_calls') }}
where {{ since_run_began('request_date', 'first_started_on') }}
