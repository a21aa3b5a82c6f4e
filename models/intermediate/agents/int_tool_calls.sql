-- grain: one row a UTC date, request and tool call (workflow, endpoint, tool, hash of its input), with all its attempts
{{ config(materialized='incremental', unique_key='request_date') }}
{%- set over_cap = 'least(tool_output_tokens - tool_output_token_cap, coalesce(observed_input_tokens, 0))' %}
{%- set cost_over_cap = usd_per(usd_times('input_cost_usd', over_cap), 'observed_input_tokens') %}

with attempts as (

    select
        attempts.*,
        endpoints.tool_output_token_cap,
        {{ observed_tokens('attempts.input_tokens') }} as observed_input_tokens,
        -- The tool's output is part of the prompt that reports it back to the model.
        {{ observed_tokens('attempts.input_tokens') }} is not null
        and attempts.tool_output_tokens between 0 and 999999999 as is_output_known,
        coalesce(
            attempts.tool_output_tokens between 0 and 999999999
            and attempts.tool_output_tokens > endpoints.tool_output_token_cap, false
        ) as is_over_output_cap
    from {{ ref('fct_attempts') }} as attempts
    left join {{ ref('dim_endpoints') }} as endpoints on attempts.endpoint_tag = endpoints.endpoint_tag
    where
        attempts.is_reportable
        and attempts.tool_name is not null
        and {{ in_run('attempts.request_date', 'dates') }}

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

),

with_input_cost as (

    select
        attempts.*,
        {{ pico_usd_to_usd(input_pico_usd()) }} as input_cost_usd
    from attempts
    left join prices on attempts.price_id = prices.price_id

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
    cast(sum(case when is_output_known then input_tokens end) as bigint) as input_tokens,
    count(*) filter (where is_over_output_cap and attempt_index = 1) as calls_over_output_cap,
    count(*) filter (where is_over_output_cap) as attempts_over_output_cap,
    {{ whole_sum('case when is_over_output_cap then tool_output_tokens - tool_output_token_cap end') }}
        as output_tokens_over_cap,
    -- Their share of the prompt's input at list price, as with what a hand-off repeats.
    {{ sum_usd('case when is_over_output_cap then ' ~ cost_over_cap ~ ' end') }} as over_output_cap_cost_usd
from with_input_cost
group by all
