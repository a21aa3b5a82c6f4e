-- grain: one row a reportable attempt of a thread (the turns of a workflow on an endpoint), with what lies over the cap
with tenants as (

    select * from {{ ref('dim_tenants') }}

),

attempts as (

    select
        calls.*,
        tenants.plan_id,
        {{ observed_tokens('calls.input_tokens') }} as prompt_tokens,
        {{ observed_turn('calls.turn_index') }} as turn,
        {{ history_cap_tokens('calls.endpoint_tag', 'calls.model_tier', 'tenants.plan_id') }} as history_cap_tokens
    from {{ ref('fct_attempts') }} as calls
    left join tenants on calls.tenant_id = tenants.tenant_id
    where
        calls.is_reportable
        and calls.workflow_id is not null
        and calls.turn_index is not null

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
        prices.cache_write_1h_pico_usd,
        prices.output_pico_usd,
        {{ tokens_over('attempts.prompt_tokens', 'attempts.history_cap_tokens') }} as tokens_over_cap
    from attempts
    left join prices on attempts.price_id = prices.price_id

),

saved as (

    select
        *,
        greatest(tokens_over_cap - {{ var('history_summary_tokens') }}, 0) as tokens_over_summary
    from measured

)

select
    attempt_key,
    request_id,
    attempt_index,
    workflow_id,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    request_date,
    cost_usd,
    {{ is_answer() }} as is_answer,
    turn,
    prompt_tokens,
    -- A retry sends the same prompt again: a turn's size is that of the last try.
    is_final and turn is not null and prompt_tokens is not null as is_observed,
    history_cap_tokens,
    tokens_over_cap,
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
