-- grain: one row a UTC date, request and tool call (workflow, endpoint, tool, hash of its input), with all its attempts
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select
        *,
        -- The tool's output is part of the prompt that reports it back to the model.
        {{ observed_tokens('input_tokens') }} is not null
        and tool_output_tokens between 0 and 999999999 as is_output_known
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and tool_name is not null
        and {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    request_id,
    workflow_id,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    tool_name,
    tool_input_hash,
    min(occurred_at) as called_at,
    count(*) as attempts,
    -- The call is counted where its request begins; further attempts are retries of it.
    count(*) filter (where attempt_index = 1) as calls,
    count(*) - count(cost_usd) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd,
    cast(sum(case when is_output_known then tool_output_tokens end) as bigint) as tool_output_tokens,
    cast(sum(case when is_output_known then input_tokens end) as bigint) as input_tokens
from attempts
group by all
