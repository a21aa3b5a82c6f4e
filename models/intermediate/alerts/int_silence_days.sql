-- grain: one row an endpoint or source and UTC day that is over: since when nothing of it was known
{{ config(materialized='incremental', unique_key='evaluated_on', meta={'in_run': 'months'}) }}

with dated as (

    select
        *,
        max(request_date) over (partition by scope_type, scope_value, evaluated_on) as last_date
    from {{ ref('int_signal_days_known') }}
    where
        scope_type in ('endpoint', 'source')
        and attempts > 0

),

-- Each day of four weeks by how many days before the last one, in weeks, its weekday is.
weekdays as (

    select
        scope_type,
        scope_value,
        endpoint_tag,
        evaluated_on,
        last_date,
        cast(evaluated_on - last_date as int) as silent_days,
        cast(last_date - request_date as int) % 7 as days_before_last,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('attempts * attempts') }} as squares
    from dated
    where request_date > last_date - {{ signal_baseline_days() }}
    group by
        scope_type,
        scope_value,
        endpoint_tag,
        evaluated_on,
        last_date,
        cast(last_date - request_date as int) % 7

),

-- Of how many days a weekday's mean is, four unless the silence is longer than a week, and how many of them are silent.
counted as (

    select
        *,
        cast(
            floor((
                least({{ signal_baseline_days() }}, {{ signal_reach_days() }} - silent_days) - days_before_last + 6
            ) / 7e0) as int
        ) as days_of_weekday,
        cast(floor((silent_days + days_before_last) / 7e0) as int) as days_silent
    from weekdays

)

-- In twelfths, of which a mean of one to four days is a whole number, so that sums depend on no row order.
select
    scope_type,
    scope_value,
    endpoint_tag,
    evaluated_on,
    last_date,
    silent_days,
    least({{ signal_baseline_days() }}, {{ signal_reach_days() }} - silent_days) as days_looked_at,
    {{ whole_sum('attempts') }} as attempts,
    {{ whole_sum('attempts * days_silent * cast(12 / days_of_weekday as int)') }} as expected_twelfths,
    {{ whole_sum('12 * squares - attempts * attempts * cast(12 / days_of_weekday as int)') }} as squares_twelfths
from counted
group by
    scope_type,
    scope_value,
    endpoint_tag,
    evaluated_on,
    last_date,
    silent_days
