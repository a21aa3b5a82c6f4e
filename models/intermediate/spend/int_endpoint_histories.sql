-- grain: one row a window in the run's months, and endpoint with attempts in the days before it, with how much such
-- a window varies
with windows as (

    select * from {{ ref('int_spend_windows') }}
    where {{ in_run('period_start', 'months') }}

),

unit_days as (

    select * from {{ ref('int_endpoint_unit_days') }}

),

rules as (

    select * from {{ ref('stg_reference__spend_spike_rules') }}

),

bounds as (

    select
        windows.period_grain,
        windows.period_start,
        greatest(
            windows.first_date,
            cast({{ add_hours('cast(windows.period_start as timestamp)', '-24 * rules.history_days') }} as date)
        ) as history_start,
        windows.window_days
    from windows
    inner join rules on windows.period_grain = rules.period_grain

),

summed as (

    select
        bounds.period_grain,
        bounds.period_start,
        unit_days.endpoint_tag,
        {%- for moment in [
            'requests', 'attempts', 'cost_usd', 'requests_requests', 'requests_attempts', 'attempts_attempts', 'requests_cost',
            'cost_cost'
        ] %}
        {{ ordered_sum('unit_days.' ~ moment, 'unit_days.request_date') }} as {{ moment }},
        {%- endfor %}
        max(bounds.window_days) as window_days,
        max(cast(bounds.period_start - bounds.history_start as bigint)) as history_days,
        cast(sum(unit_days.units) as bigint) as units
    from bounds
    inner join unit_days
        on
            bounds.history_start <= unit_days.request_date
            and bounds.period_start > unit_days.request_date
    group by
        bounds.period_grain,
        bounds.period_start,
        unit_days.endpoint_tag

)

select
    period_grain,
    period_start,
    endpoint_tag,
    units,
    -- Requests come in bursts, one a unit: the variance of their number is the sum of the squares of the bursts. Two
    -- windows are compared, so there are two such variances.
    case when units >= 2 then 2e0 * requests_requests * window_days / history_days end as requests_variance,
    {{ unit_residual_variance('attempts', 'attempts_attempts', 'requests_attempts') }} as attempts_residual_variance,
    {{ unit_residual_variance('cost_usd', 'cost_cost', 'requests_cost') }} as cost_residual_variance
from summed
