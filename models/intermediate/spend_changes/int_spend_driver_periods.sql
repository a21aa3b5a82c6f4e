-- grain: one row a window grain, period, endpoint, dimension and value of it
{{ config(
    materialized='incremental',
    unique_key=['window_grain', 'period_start'],
    meta={'affected_by': 'int_affected_periods'}
) }}

with spend_days as (

    select * from {{ ref('int_spend_days') }}
    where {{ near_affected_periods('request_date', 'int_affected_periods') }}

)
{%- for window_grain in change_window_grains() %}
{%- set is_last_grain = loop.last %}
{%- for dimension in change_driver_dimensions() %}

select
    '{{ window_grain }}' as window_grain,
    {{ period_start(window_grain, 'request_date') }} as period_start,
    endpoint_tag,
    '{{ dimension }}' as dimension,
    {{ dimension }} as driver_value,
    {{ sum_usd('known_cost_usd') }} as known_cost_usd
from spend_days
where
    {{ on_affected(
        ["'" ~ window_grain ~ "'", period_start(window_grain, 'request_date')],
        'int_affected_periods'
    ) }}
group by
    {{ period_start(window_grain, 'request_date') }},
    {{ "endpoint_tag, " ~ dimension if dimension != 'endpoint_tag' else dimension }}
{{ "union all" if not (loop.last and is_last_grain) }}
{%- endfor %}
{%- endfor %}
