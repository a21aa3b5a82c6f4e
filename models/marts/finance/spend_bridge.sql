-- grain: one row a period grain, period and category of support spend
with days as (

    select * from {{ ref('int_spend_bridge_days') }}

)
{%- for period_grain in period_grains() %}

select
    '{{ period_grain }}' as period_grain,
    {{ period_start(period_grain, 'event_date') }} as period_start,
    category_by_{{ period_grain }} as category,
    {{ sum_usd('cost_usd') }} as cost_usd,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
from days
group by
    {{ period_start(period_grain, 'event_date') }},
    category_by_{{ period_grain }}
{{ "union all" if not loop.last }}
{%- endfor %}
