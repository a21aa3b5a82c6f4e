-- What would long conversations have cost had the history that is sent with a late turn been capped?
-- grain: one row a month and endpoint with late turns
--
-- Assumptions, to be edited here: a turn is late from `late_from_turn` on; its input is cut to `input_token_cap`.
{%- set late_from_turn = 3 %}
{%- set input_token_cap = 6000 %}
-- Cached tokens are cut first, which are the cheapest, so that the saving is not overstated; a smaller input may fall
-- under a size tier of the price. Summarising the history instead would cost a call, which is not counted. List prices
-- stand on both sides. Attempts without a list price are counted and save nothing.
with attempts as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and turn_index >= {{ late_from_turn }}

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

),

trimmed as (

    select
        *,
        greatest(coalesce(input_tokens, 0) - {{ input_token_cap }}, 0) as tokens_cut
    from attempts

),

capped as (

    select
        trimmed.request_date,
        trimmed.endpoint_tag,
        trimmed.tokens_cut,
        trimmed.priced_cost_usd,
        trimmed.input_tokens - trimmed.tokens_cut as input_tokens,
        greatest(coalesce(trimmed.cached_input_tokens, 0) - trimmed.tokens_cut, 0) as cached_input_tokens,
        trimmed.cache_write_tokens,
        trimmed.cache_write_1h_tokens,
        trimmed.output_tokens,
        trimmed.total_tokens - trimmed.tokens_cut as total_tokens,
        smaller.price_id,
        smaller.input_pico_usd,
        smaller.cached_input_pico_usd,
        smaller.cache_write_pico_usd,
        smaller.cache_write_1h_pico_usd,
        smaller.output_pico_usd
    from trimmed
    left join prices as paid on trimmed.price_id = paid.price_id
    -- the same price of the same day, for the size that is left
    left join prices as smaller
        on
            paid.provider = smaller.provider
            and paid.model = smaller.model
            and paid.service_tier = smaller.service_tier
            and paid.valid_from = smaller.valid_from
            and coalesce(trimmed.input_tokens, 0) - trimmed.tokens_cut > smaller.over_input_tokens
            and coalesce(trimmed.input_tokens, 0) - trimmed.tokens_cut <= smaller.up_to_input_tokens

),

repriced as (

    select
        *,
        case
            when tokens_cut = 0 or priced_cost_usd is null then priced_cost_usd
            else {{ pico_usd_to_usd(priced_pico_usd()) }}
        end as what_if_cost_usd
    from capped

)

select
    {{ period_start('month', 'request_date') }} as month_start,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    count(*) as late_turns,
    count(*) filter (where tokens_cut > 0) as turns_over_cap,
    count(*) filter (where tokens_cut > 0 and priced_cost_usd is null) as unpriced_turns_over_cap,
    {{ whole_sum('tokens_cut') }} as tokens_cut,
    {{ sum_usd('priced_cost_usd') }} as list_cost_usd,
    {{ sum_usd('what_if_cost_usd') }} as what_if_cost_usd,
    {{ sum_usd('priced_cost_usd - what_if_cost_usd') }} as saving_usd
from repriced
group by
    {{ period_start('month', 'request_date') }},
    coalesce(endpoint_tag, 'unknown')
order by
    month_start asc,
    saving_usd desc nulls last,
    endpoint_tag asc
