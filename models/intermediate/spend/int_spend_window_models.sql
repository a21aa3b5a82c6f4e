-- grain: one row a window in the run's months, endpoint, whether a workflow is named, and model, with both sides
with sides as (

    select * from {{ ref('int_spend_window_dates') }}

),

spend_days as (

    select * from {{ ref('int_spend_days') }}

)

select
    sides.period_grain,
    sides.period_start,
    spend_days.endpoint_tag,
    max(spend_days.use_case) as use_case,
    spend_days.is_attributed,
    spend_days.model,
    {{ both_sides('spend_days', 'attempts', 'bigint') }},
    {{ both_sides('spend_days', 'requests', 'bigint') }},
    {{ both_sides('spend_days', 'known_attempts', 'bigint') }},
    {{ both_sides('spend_days', 'known_cost_usd', type_usd_sum()) }}
from spend_days
inner join sides on spend_days.request_date = sides.request_date
group by
    sides.period_grain,
    sides.period_start,
    spend_days.endpoint_tag,
    spend_days.is_attributed,
    spend_days.model
