-- grain: one row a window, endpoint, attributed or not, model and kind of tokens, with both sides of the window
with sides as (

    select * from {{ ref('int_spend_window_sides') }}

),

periods as (

    select * from {{ ref('int_spend_token_kinds') }}

)

select
    sides.window_grain,
    sides.window_start,
    periods.endpoint_tag,
    periods.is_attributed,
    periods.model,
    periods.token_kind,
    {{ both_sides('periods', 'tokens', 'bigint') }},
    {{ both_sides('periods', 'cost_usd', 'double') }}
from sides
inner join periods
    on
        sides.window_grain = periods.window_grain
        and sides.period_start = periods.period_start
group by
    sides.window_grain,
    sides.window_start,
    periods.endpoint_tag,
    periods.is_attributed,
    periods.model,
    periods.token_kind
