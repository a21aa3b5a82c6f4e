-- grain: one row a window in the run's months and endpoint with workflows, with both sides of the window
with windows as (

    select * from {{ ref('int_spend_windows') }}
    where {{ in_run('period_start', 'months') }}

),

sides as (
    {% for side_start, is_baseline in [('period_start', 'false'), ('baseline_start', 'true')] %}
    select
        period_grain,
        period_start,
        {{ side_start }} as side_start,
        {{ is_baseline }} as is_baseline
    from windows
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

periods as (

    select * from {{ ref('int_endpoint_workflow_periods') }}

)

select
    sides.period_grain,
    sides.period_start,
    periods.endpoint_tag,
    {{ both_sides('periods', 'workflows', 'bigint') }},
    {{ both_sides('periods', 'successes', 'bigint') }}
from periods
inner join sides
    on
        periods.period_grain = sides.period_grain
        and periods.period_start = sides.side_start
group by
    sides.period_grain,
    sides.period_start,
    periods.endpoint_tag
