-- grain: one row a window and endpoint with workflows, with both sides of the window
with sides as (

    select * from {{ ref('int_spend_window_sides') }}

),

periods as (

    select * from {{ ref('int_endpoint_workflow_periods') }}

)

select
    sides.window_grain,
    sides.window_start,
    periods.endpoint_tag,
    {{ both_sides('periods', 'workflows', 'bigint') }},
    {{ both_sides('periods', 'successes', 'bigint') }}
from sides
inner join periods
    on
        sides.window_grain = periods.window_grain
        and sides.period_start = periods.period_start
group by
    sides.window_grain,
    sides.window_start,
    periods.endpoint_tag
