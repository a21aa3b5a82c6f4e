-- grain: one row a window in the run's months and endpoint of it with attempts in the days before, with how much such a
-- window varies
{%- set moments = [
    'requests', 'attempts', 'cost_usd', 'requests_requests', 'requests_attempts', 'attempts_attempts', 'requests_cost',
    'cost_cost'
] %}

with windows as (

    select * from {{ ref('int_spend_windows') }}
    where {{ in_run('period_start', 'months') }}

),

changes as (

    select * from {{ ref('int_endpoint_changes') }}
    where {{ in_run('period_start', 'months') }}

),

rules as (

    select * from {{ ref('stg_reference__spend_spike_rules') }}

),

begun as (

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

bounds as (

    select
        *,
        cast(period_start - history_start as bigint) as history_days
    from begun

),

-- Days are added up once, along each endpoint's time. A history is what lies between two marks on it: all that came
-- before the window, less all that came before the history. Summed a window at a time, a day is read thirty times.
-- The sums are exact, so what is taken off leaves nothing behind.
timeline as (
    {% for marked_on, sign in [('period_start', 1), ('history_start', -1)] %}
    select
        changes.endpoint_tag,
        bounds.{{ marked_on }} as marked_on,
        bounds.period_grain,
        bounds.period_start,
        {{ sign }} as sign,
        {%- for moment in moments %}
        cast(0 as {{ type_moment(moment) }}) as {{ moment }},
        {%- endfor %}
        cast(0 as bigint) as units
    from bounds
    inner join changes
        on
            bounds.period_grain = changes.period_grain
            and bounds.period_start = changes.period_start

    union all
    {% endfor %}
    select
        endpoint_tag,
        request_date as marked_on,
        cast(null as {{ type_text() }}) as period_grain,
        cast(null as date) as period_start,
        0 as sign,
        {{ moments | join(', ') }},
        units
    from {{ ref('int_endpoint_unit_days') }}
    where request_date >= (select min(bounds.history_start) from bounds)

),

accumulated as (

    select
        endpoint_tag,
        period_grain,
        period_start,
        sign,
        {%- for moment in moments %}
        sum({{ moment }}) over so_far as {{ moment }},
        {%- endfor %}
        sum(units) over so_far as units
    from timeline
    -- A mark comes before the day that it stands on.
    window so_far as (
        partition by endpoint_tag
        order by marked_on, abs(sign) desc
        rows between unbounded preceding and current row
    )

),

summed as (

    select
        period_grain,
        period_start,
        endpoint_tag,
        {%- for moment in moments %}
        cast(sum(case when sign > 0 then {{ moment }} else -{{ moment }} end) as double) as {{ moment }},
        {%- endfor %}
        cast(sum(sign * units) as bigint) as units
    from accumulated
    where sign <> 0
    group by
        period_grain,
        period_start,
        endpoint_tag
    having sum(sign * units) > 0

)

select
    summed.period_grain,
    summed.period_start,
    summed.endpoint_tag,
    summed.units,
    -- Requests come in bursts, one a unit: the variance of their number is the sum of the squares of the bursts. Two
    -- windows are compared, so there are two such variances.
    case
        when summed.units >= 2 then 2e0 * summed.requests_requests * bounds.window_days / bounds.history_days
    end as requests_variance,
    {{ unit_residual_variance('attempts', 'attempts_attempts', 'requests_attempts') }} as attempts_residual_variance,
    {{ unit_residual_variance('cost_usd', 'cost_cost', 'requests_cost') }} as cost_residual_variance
from summed
inner join bounds
    on
        summed.period_grain = bounds.period_grain
        and summed.period_start = bounds.period_start
