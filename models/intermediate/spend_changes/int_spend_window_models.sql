-- grain: one row a window, endpoint, whether a workflow is named, and model, with both sides of the window
with sides as (

    select * from {{ ref('int_spend_window_sides') }}

),

periods as (

    select * from {{ ref('int_spend_periods') }}

)

select
    sides.window_grain,
    sides.window_start,
    periods.endpoint_tag,
    max(periods.use_case) as use_case,
    periods.is_attributed,
    periods.model,
    {{ both_sides('periods', 'attempts', 'bigint') }},
    {{ both_sides('periods', 'requests', 'bigint') }},
    {{ both_sides('periods', 'known_attempts', 'bigint') }},
    {{ both_sides('periods', 'known_cost_usd', type_usd_sum()) }}
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
    periods.model
