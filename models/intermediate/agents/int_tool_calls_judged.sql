-- grain: one row a UTC date, request and tool call that this run looks at, whether made before, and how far over a cap
with endpoints as (

    select * from {{ ref('dim_endpoints') }}

),

calls as (

    select
        *,
        -- How many calls its workflow had made of the endpoint, with it.
        sum(calls) over (partition by workflow_id, endpoint_tag order by called_at, request_id) as calls_so_far,
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

)

select
    calls.*,
    -- A retry belongs to its call, whatever came between.
    case
        when calls.workflow_id is not null and endpoints.tool_call_cap is not null
            then min(calls.calls_so_far) over (
                partition by calls.workflow_id, calls.endpoint_tag, calls.request_id
            ) - endpoints.tool_call_cap
    end as number_over_call_cap
from calls
left join endpoints on calls.endpoint_tag = endpoints.endpoint_tag
