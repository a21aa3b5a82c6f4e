-- grain: one row a window in the run's months and UTC date of it or of its baseline
with windows as (

    select * from {{ ref('int_spend_windows') }}
    where {{ in_run('period_start', 'months') }}

)
{%- for side_start, is_baseline in [('period_start', 'false'), ('baseline_start', 'true')] %}

select
    windows.period_grain,
    windows.period_start,
    cast(windows.{{ side_start }} + cast(spine.id as int) as date) as request_date,
    {{ is_baseline }} as is_baseline
from windows
cross join range(7) as spine (id)
where spine.id < windows.window_days
{{ "union all" if not loop.last }}
{%- endfor %}
