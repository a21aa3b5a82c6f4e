-- grain: one row a window and endpoint with a spike, with the two periods that the window compares
with rises as (

    select * from {{ ref('int_spend_rises') }}
    where is_spike

),

windows as (

    select * from {{ ref('int_spend_windows') }}

)

select
    rises.window_grain,
    rises.window_start,
    windows.window_days,
    windows.window_end,
    windows.baseline_start,
    windows.baseline_end,
    rises.endpoint_tag,
    rises.change_usd,
    rises.new_version_hours
from rises
inner join windows
    on
        rises.window_grain = windows.window_grain
        and rises.window_start = windows.window_start
