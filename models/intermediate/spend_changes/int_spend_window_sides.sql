-- grain: one row a window and one of the two periods that it compares
select
    window_grain,
    window_start,
    window_start as period_start,
    false as is_baseline
from {{ ref('int_spend_windows') }}

union all

select
    window_grain,
    window_start,
    baseline_start as period_start,
    true as is_baseline
from {{ ref('int_spend_windows') }}
