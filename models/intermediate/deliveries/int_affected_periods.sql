-- grain: one row a period grain and period with a date that this run rebuilds
{{ config(materialized='table') }}
{% for period_grain in period_grains() %}
select
    '{{ period_grain }}' as period_grain,
    {{ period_start(period_grain, 'event_date') }} as period_start
from {{ ref('int_affected_dates') }}
{{ "union" if not loop.last }}
{%- endfor %}
