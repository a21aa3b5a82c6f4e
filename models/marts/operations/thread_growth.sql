-- grain: one row a period grain, period and endpoint with turns of threads
{{ config(
    materialized='incremental',
    unique_key=['period_grain', 'period_start'],
    meta={'affected_by': 'int_affected_periods'}
) }}
{%- set counts = [
    'attempts', 'unpriced_attempts', 'turns', 'over_cap_attempts', 'tokens_over_cap', 'unknown_saving_attempts'
] %}
{%- set amounts = ['cost_usd', 'over_cap_cost_usd', 'cap_saving_usd', 'summary_saving_usd', 'summary_cost_usd'] %}

with threads as (

    select * from {{ ref('int_thread_periods') }}
    where {{ on_affected(['period_grain', 'period_start'], 'int_affected_periods') }}

),

totals as (

    select
        period_grain,
        period_start,
        endpoint_tag,
        count(*) as threads,
        count(*) filter (where over_cap_attempts > 0) as threads_over_cap,
        max(last_turn) as last_turn,
        max(max_prompt_tokens) as max_prompt_tokens,
        max(history_cap_tokens) as history_cap_tokens,
        {%- for bucket in turn_buckets() %}
        sum({{ bucket.name }}_requests) as {{ bucket.name }}_requests,
        sum({{ bucket.name }}_tokens) as {{ bucket.name }}_tokens,
        {%- endfor %}
        {%- for count in counts %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        {%- for amount in amounts %}
        {{ sum_usd(amount) }} as {{ amount }},
        {%- endfor %}
        count(*) filter (where turn_deviation > 0) as growing_threads,
        sum(turn_deviation) as turn_deviation,
        sum(token_deviation) as token_deviation
    from threads
    group by
        period_grain,
        period_start,
        endpoint_tag

)

select
    period_grain,
    period_start,
    endpoint_tag,
    threads,
    attempts,
    unpriced_attempts,
    cost_usd,
    turns,
    {%- for bucket in turn_buckets() %}
    {{ ratio(bucket.name ~ '_tokens', bucket.name ~ '_requests') }} as {{ bucket.name }}_input_tokens,
    {%- endfor %}
    last_turn,
    max_prompt_tokens as max_input_tokens,
    growing_threads as threads_with_slope,
    {{ ratio('token_deviation', 'turn_deviation') }} as growth_per_turn,
    history_cap_tokens,
    threads_over_cap,
    over_cap_attempts,
    {{ known_cost('over_cap_cost_usd', 'over_cap_attempts') }} as over_cap_cost_usd,
    {{ ratio(known_cost('over_cap_cost_usd', 'over_cap_attempts'), 'cost_usd') }} as over_cap_spend_share,
    tokens_over_cap,
    {{ known_cost('cap_saving_usd', 'over_cap_attempts') }} as cap_saving_usd,
    cast(
        {{ known_cost('summary_saving_usd - coalesce(summary_cost_usd, 0)', 'over_cap_attempts') }}
        as {{ type_usd_sum() }}
    ) as summary_saving_usd,
    unknown_saving_attempts
from totals
