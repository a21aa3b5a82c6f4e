-- grain: one row a window grain, period, endpoint, attributed or not, model and kind of tokens
with periods as (

    select * from {{ ref('int_spend_periods') }}

),

prices as (

    select * from {{ ref('dim_model_prices') }}

),

-- What each kind of tokens costs by the price book.
listed as (

    select
        periods.*,
        {%- for kind in token_kinds() %}
        cast(coalesce(periods.{{ kind.name }}_tokens * {{ kind.price }}, 0) as double) as {{ kind.name }}_list_cost,
        {%- endfor %}
        coalesce(cast(periods.price_id as {{ type_text() }}), '~') as price_key
    from periods
    left join prices on periods.price_id = prices.price_id

),

totaled as (

    select
        *,
        {%- for kind in token_kinds() %}
        {{ kind.name }}_list_cost{{ " +" if not loop.last }}
        {%- endfor %} as list_cost
    from listed

),

-- A cost is known as a whole. It is laid on the kinds of tokens as the price book would; where that says nothing, it
-- stays whole.
split as (
    {% for kind in token_kinds() %}
    select
        window_grain,
        period_start,
        endpoint_tag,
        is_attributed,
        model,
        price_key,
        '{{ kind.name }}' as token_kind,
        {{ kind.name }}_tokens as tokens,
        cast(known_cost_usd as double) * ({{ kind.name }}_list_cost / list_cost) as cost_usd
    from totaled
    where
        list_cost > 0
        and {{ kind.name }}_tokens > 0

    union all
    {% endfor %}
    select
        window_grain,
        period_start,
        endpoint_tag,
        is_attributed,
        model,
        price_key,
        'any' as token_kind,
        input_tokens + cached_input_tokens + cache_write_tokens + output_tokens as tokens,
        cast(known_cost_usd as double) as cost_usd
    from totaled
    where not list_cost > 0

)

select
    window_grain,
    period_start,
    endpoint_tag,
    is_attributed,
    model,
    token_kind,
    cast(sum(tokens) as bigint) as tokens,
    {{ ordered_sum('cost_usd', 'price_key') }} as cost_usd
from split
group by
    window_grain,
    period_start,
    endpoint_tag,
    is_attributed,
    model,
    token_kind
