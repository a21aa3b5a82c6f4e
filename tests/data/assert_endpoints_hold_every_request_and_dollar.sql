-- Reportable attempts, requests and dollars of every period, straight from the attempts, are in endpoint_economics, and
-- by the day in endpoint_hours; every request is in each segment type of endpoint_percentiles.
with days as (

    select
        request_date,
        count(*) as attempts,
        count(*) filter (where attempt_index = 1) as requests,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and {{ touched('request_date', 'month_days') }}
    group by request_date

),

told as (
    {% for reader, period_grain in [
        ('endpoint_economics', 'day'), ('endpoint_economics', 'week'), ('endpoint_economics', 'month'),
        ('endpoint_hours', 'day')
    ] %}
    select
        '{{ reader }}' as reader,
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('requests') }} as requests,
        {{ sum_usd('cost_usd') }} as cost_usd
    from days
    where {{ touched(period_start(period_grain, 'request_date'), 'months') }}
    group by {{ period_start(period_grain, 'request_date') }}

    union all
    {% endfor %}
    {%- for segment_type, period_grain in [
        ('all', 'day'), ('all', 'week'), ('prompt_version', 'day'), ('prompt_version', 'week')
    ] %}
    select
        'percentiles by {{ segment_type }}' as reader,
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        cast(null as bigint) as attempts,
        {{ whole_sum('requests') }} as requests,
        cast(null as {{ type_usd_sum() }}) as cost_usd
    from days
    where {{ touched(period_start(period_grain, 'request_date'), 'months') }}
    group by {{ period_start(period_grain, 'request_date') }}
    -- retries of the day before alone are no request of this day
    having sum(requests) > 0
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

reported as (

    select
        'endpoint_economics' as reader,
        period_grain,
        period_start,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('requests') }} as requests,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('endpoint_economics') }}
    where {{ touched('period_start', 'months') }}
    group by
        period_grain,
        period_start

    union all

    select
        'endpoint_hours' as reader,
        'day' as period_grain,
        request_date as period_start,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('requests') }} as requests,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('endpoint_hours') }}
    where {{ touched('request_date', 'months') }}
    group by request_date

    union all

    select
        concat('percentiles by ', segment_type) as reader,
        period_grain,
        period_start,
        cast(null as bigint) as attempts,
        {{ whole_sum('requests') }} as requests,
        cast(null as {{ type_usd_sum() }}) as cost_usd
    from {{ ref('endpoint_percentiles') }}
    where {{ touched('period_start', 'months') }}
    group by
        segment_type,
        period_grain,
        period_start

)

{{ differences('told', 'reported', ['reader', 'period_grain', 'period_start'], ['attempts', 'requests', 'cost_usd']) }}
