-- grain: one row a period grain, period, segment type and segment value, of the periods that this run reports again
{%- set measures = unit_economics_measures() %}

with days as (

    select * from {{ ref('int_unit_economics_days') }}
    where
        {{ near_affected_periods_for(
            ['cost_per_resolved_ticket', 'cost_per_deflection'], 'event_date', 'int_affected_case_periods'
        ) }}

)
{%- for period_grain in period_grains() %}

select
    '{{ period_grain }}' as period_grain,
    {{ period_start(period_grain, 'event_date') }} as period_start,
    segment_type,
    segment_value,
    {%- for measure, type in measures.of_period.items() %}
    {{ sum_measure(measure ~ ('_by_' ~ period_grain if measure in measures.once_a_period), type) }} as {{ measure }},
    {%- endfor %}
    cast(sum(unattributed_attempts) as bigint) as unattributed_attempts,
    {{ sum_usd('unattributed_cost_usd') }} as unattributed_cost_usd
from days
where
    {{ on_affected_for(
        ['cost_per_resolved_ticket', 'cost_per_deflection'],
        ["'" ~ period_grain ~ "'", period_start(period_grain, 'event_date')],
        'int_affected_case_periods'
    ) }}
group by
    {{ period_start(period_grain, 'event_date') }},
    segment_type,
    segment_value
{{ "union all" if not loop.last }}
{%- endfor %}
