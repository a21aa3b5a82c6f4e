-- grain: one row a window in the run's months, endpoint, attributed or not, model and kind of tokens, with both sides
{%- set cell = ['period_grain', 'period_start', 'is_baseline', 'endpoint_tag', 'is_attributed', 'model'] %}

with spend as (

    select
        window_dates.period_grain,
        window_dates.period_start,
        window_dates.is_baseline,
        spend_days.endpoint_tag,
        spend_days.is_attributed,
        spend_days.model,
        spend_days.price_id,
        {%- for kind in token_kinds() %}
        cast(sum(spend_days.{{ kind.name }}_tokens) as bigint) as {{ kind.name }}_tokens,
        {%- endfor %}
        {{ sum_usd('spend_days.known_cost_usd') }} as known_cost_usd
    from {{ ref('int_spend_days') }} as spend_days
    inner join {{ ref('int_spend_window_dates') }} as window_dates
        on spend_days.request_date = window_dates.request_date
    group by all

),

-- What each kind of tokens costs by the price book.
listed as (

    select
        spend.*,
        {%- for kind in token_kinds() %}
        cast(coalesce(spend.{{ kind.name }}_tokens * {{ kind.price }}, 0) as double) as {{ kind.name }}_list_cost,
        {%- endfor %}
        {{ joined_text(['spend.price_id']) }} as price_key
    from spend
    left join {{ ref('dim_model_prices') }} as prices on spend.price_id = prices.price_id

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
        {{ cell | join(', ') }},
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
        {{ cell | join(', ') }},
        price_key,
        'any' as token_kind,
        {%- for kind in token_kinds() %}
        {{ kind.name }}_tokens{{ " +" if not loop.last }}
        {%- endfor %} as tokens,
        cast(known_cost_usd as double) as cost_usd
    from totaled
    where not list_cost > 0

),

sides as (

    select
        {{ cell | join(', ') }},
        token_kind,
        cast(sum(tokens) as bigint) as tokens,
        {{ ordered_sum('cost_usd', 'price_key') }} as cost_usd
    from split
    group by
        {{ cell | join(', ') }},
        token_kind

)

select
    sides.period_grain,
    sides.period_start,
    sides.endpoint_tag,
    sides.is_attributed,
    sides.model,
    sides.token_kind,
    {{ both_sides('sides', 'tokens', 'bigint') }},
    {{ both_sides('sides', 'cost_usd', 'double') }}
from sides
group by
    sides.period_grain,
    sides.period_start,
    sides.endpoint_tag,
    sides.is_attributed,
    sides.model,
    sides.token_kind
