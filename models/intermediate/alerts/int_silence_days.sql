-- grain: one row an endpoint or source and UTC day that is over: since when nothing of it was known
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='evaluated_on', meta={'in_run': 'months'}) }}
{%- set reach = signal_baseline_days() | int + signal_window_days() | max %}

with days as (

    select listed.date_day as evaluated_on
    from {{ ref('int_dates_listed') }} as listed
    cross join {{ ref('int_telemetry_reach') }} as reach
    where
        listed.date_day between reach.first_date and cast(reach.as_of - interval '1' day as date)
        and {{ in_run('listed.date_day', 'months') }}

),

known as (

    select
        changes.scope_type,
        changes.scope_value,
        changes.endpoint_tag,
        days.evaluated_on,
        changes.request_date,
        {{ whole_sum('changes.attempts') }} as attempts
    from {{ ref('int_signal_days') }} as changes
    inner join days
        on
            changes.request_date <= days.evaluated_on
            and changes.known_on <= days.evaluated_on
            and changes.request_date > days.evaluated_on - {{ reach }}
    where
        changes.scope_type in ('endpoint', 'source')
        and changes.request_date > (select min(first_day.evaluated_on) from days as first_day) - {{ reach }}
    group by
        changes.scope_type,
        changes.scope_value,
        changes.endpoint_tag,
        days.evaluated_on,
        changes.request_date

)

select
    scope_type,
    scope_value,
    endpoint_tag,
    evaluated_on,
    max(request_date) as last_date,
    cast(evaluated_on - max(request_date) as int) as silent_days,
    cast(max(request_date) - min(request_date) + 1 as int) as known_days,
    {{ whole_sum('attempts') }} as attempts
from known
where attempts > 0
group by
    scope_type,
    scope_value,
    endpoint_tag,
    evaluated_on
