-- grain: one row a thread (the turns of a workflow on an endpoint) and UTC date with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select
        *,
        {{ observed_tokens('input_tokens') }} as prompt_tokens,
        {{ observed_turn('turn_index') }} as turn,
        {{ history_cap_tokens('endpoint_tag') }} as history_cap_tokens
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is not null
        and turn_index is not null
        and {{ on_affected_dates('request_date') }}

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

),

measured as (

    select
        attempts.*,
        prices.input_pico_usd,
        prices.cached_input_pico_usd,
        prices.cache_write_pico_usd,
        prices.output_pico_usd,
        -- A retry sends the same prompt again: a turn's size is that of the last try.
        attempts.is_final and attempts.turn is not null and attempts.prompt_tokens is not null as is_observed,
        greatest(coalesce(attempts.prompt_tokens - attempts.history_cap_tokens, 0), 0) as tokens_over_cap
    from attempts
    left join prices on attempts.price_id = prices.price_id

),

saved as (

    select
        *,
        greatest(tokens_over_cap - {{ var('history_summary_tokens') }}, 0) as tokens_over_summary
    from measured

),

costed as (

    select
        *,
        case
            when tokens_over_cap > 0 then {{ pico_usd_to_usd(removed_input_pico_usd('tokens_over_cap')) }}
        end as cap_saving_usd,
        case
            when tokens_over_cap > 0 then {{ pico_usd_to_usd(removed_input_pico_usd('tokens_over_summary')) }}
        end as summary_saving_usd,
        -- Made only of more than its own length: what it replaces is read once, uncached, and the summary written.
        case
            when tokens_over_summary > 0 and priced_cost_usd is not null then {{ pico_usd_to_usd(
                'tokens_over_cap * input_pico_usd + ' ~ var('history_summary_tokens') ~ ' * output_pico_usd'
            ) }}
        end as summary_cost_usd
    from saved

)

select
    workflow_id,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    request_date,
    count(*) as attempts,
    count(*) - count(cost_usd) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd,
    count(*) filter (where is_observed) as turns,
    -- whole numbers, so that a slope over any days of a thread is exact until its one division
    cast(coalesce(sum(case when is_observed then turn end), 0) as bigint) as sum_turn,
    cast(coalesce(sum(case when is_observed then prompt_tokens end), 0) as bigint) as sum_tokens,
    cast(coalesce(sum(case when is_observed then turn * turn end), 0) as bigint) as sum_turn_turn,
    cast(coalesce(sum(case when is_observed then turn * prompt_tokens end), 0) as bigint) as sum_turn_tokens,
    {%- for bucket in turn_buckets() %}
    {%- set condition = 'is_observed and turn between ' ~ bucket.from ~ ' and ' ~ bucket.to %}
    count(*) filter (where {{ condition }}) as {{ bucket.name }}_requests,
    cast(coalesce(sum(case when {{ condition }} then prompt_tokens end), 0) as bigint) as {{ bucket.name }}_tokens,
    {%- endfor %}
    max(turn) as last_turn,
    max(prompt_tokens) as max_prompt_tokens,
    max(history_cap_tokens) as history_cap_tokens,
    count(*) filter (where tokens_over_cap > 0) as over_cap_attempts,
    cast(sum(tokens_over_cap) as bigint) as tokens_over_cap,
    {{ sum_usd('case when tokens_over_cap > 0 then cost_usd end') }} as over_cap_cost_usd,
    count(*) filter (where tokens_over_cap > 0 and cap_saving_usd is null) as unknown_saving_attempts,
    {{ sum_usd('cap_saving_usd') }} as cap_saving_usd,
    {{ sum_usd('summary_saving_usd') }} as summary_saving_usd,
    cast(max(summary_cost_usd) as {{ type_usd_sum() }}) as summary_cost_usd
from costed
group by
    workflow_id,
    coalesce(endpoint_tag, 'unknown'),
    request_date
