-- grain: one row a thread (the turns of a workflow on an endpoint) and UTC date with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

-- Threads are many: here is only what is reported of a single one, or counts once for it.
with attempts as (

    select * from {{ ref('int_thread_attempts') }}
    where {{ in_run('request_date', 'dates') }}

)

select
    workflow_id,
    endpoint_tag,
    request_date,
    count(*) filter (where is_observed) as turns,
    -- whole numbers, so that a slope over any days of a thread is exact until its one division
    cast(coalesce(sum(case when is_observed then turn end), 0) as bigint) as sum_turn,
    cast(coalesce(sum(case when is_observed then prompt_tokens end), 0) as bigint) as sum_tokens,
    cast(coalesce(sum(case when is_observed then turn * turn end), 0) as bigint) as sum_turn_turn,
    cast(coalesce(sum(case when is_observed then turn * prompt_tokens end), 0) as bigint) as sum_turn_tokens,
    max(turn) as last_turn,
    max(prompt_tokens) as max_prompt_tokens,
    count(*) filter (where tokens_over_cap > 0) as over_cap_attempts,
    {{ sum_usd('cap_saving_usd') }} as cap_saving_usd,
    cast(max(summary_cost_usd) as {{ type_usd_sum() }}) as summary_cost_usd
from attempts
group by
    workflow_id,
    endpoint_tag,
    request_date
