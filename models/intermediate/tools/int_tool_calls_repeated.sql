-- grain: one row a UTC date that this run looks at, request and tool call, with whether the workflow had made the very
-- same call before
with calls as (

    select * from {{ ref('int_tool_calls') }}
    where {{ in_affected_case_history(['tool_calls'], 'request_date') }}

)

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
from calls
