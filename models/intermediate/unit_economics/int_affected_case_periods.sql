-- grain: one row a period grain and period whose cases this run reports again
-- depends_on: {{ ref('int_references_changed') }}
-- depends_on: {{ ref('int_as_of') }}
-- depends_on: {{ source('raw_input', 'last_run') }}
{{ config(materialized='table') }}
{%- set reported_before = previous_build('cost_per_resolved_ticket') %}

{% for period_grain in period_grains() %}
select
    '{{ period_grain }}' as period_grain,
    {{ period_start(period_grain, 'event_date') }} as period_start
from {{ ref('int_affected_case_dates') }}
{{ "union" if not loop.last }}
{% endfor %}
{%- if reported_before is not none %}
union

-- periods whose cohort may have come of age since
select
    period_grain,
    period_start
from {{ reported_before }}
where
    (not cohort_is_mature and {{ clock_has_moved() }})
    or {{ all_cases_are_affected() }}
{%- endif %}
