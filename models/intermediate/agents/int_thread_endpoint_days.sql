-- grain: one row a UTC date and endpoint with reportable attempts of threads
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select * from {{ ref('int_thread_attempts') }}
    where {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    endpoint_tag,
    count(*) as attempts,
    count(*) - count(cost_usd) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd,
    count(*) filter (where is_observed) as turns,
    {%- for bucket in turn_buckets() %}
    {%- set condition = 'is_observed and turn between ' ~ bucket.from ~ ' and ' ~ bucket.to %}
    count(*) filter (where {{ condition }}) as {{ bucket.name }}_requests,
    cast(sum(case when {{ condition }} then prompt_tokens end) as bigint) as {{ bucket.name }}_tokens,
    {%- endfor %}
    max(turn) as last_turn,
    max(prompt_tokens) as max_prompt_tokens,
    max(history_cap_tokens) as history_cap_tokens,
    count(*) filter (where tokens_over_cap > 0) as over_cap_attempts,
    cast(sum(tokens_over_cap) as bigint) as tokens_over_cap,
    {{ sum_usd('case when tokens_over_cap > 0 then cost_usd end') }} as over_cap_cost_usd,
    count(*) filter (where tokens_over_cap > 0 and cap_saving_usd is null) as unknown_saving_attempts,
    {{ sum_usd('cap_saving_usd') }} as cap_saving_usd,
    {{ sum_usd('summary_saving_usd') }} as summary_saving_usd
from attempts
group by
    request_date,
    endpoint_tag
