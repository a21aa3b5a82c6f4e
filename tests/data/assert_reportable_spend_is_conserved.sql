-- Reportable spend of every day, week and month, straight from the attempts, is the same dollars by tenant and in every
-- dimension of attribution coverage.
with days as (

    select
        request_date,
        count(*) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and {{ touched('request_date', 'month_days') }}
    group by request_date

),

readers as (

    select 'tenant_share' as reader
    {%- for dimension in covered_dimensions() if dimension != 'scope' %}
    union all
    select '{{ dimension }}' as reader
    {%- endfor %}

),

spent as (
    {% for period_grain in period_grains() %}
    select
        readers.reader,
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'days.request_date') }} as period_start,
        cast(sum(days.attempts) as bigint) as attempts,
        {{ sum_usd('days.cost_usd') }} as cost_usd
    from days
    cross join readers
    where {{ touched(period_start(period_grain, 'days.request_date'), 'months') }}
    group by
        readers.reader,
        {{ period_start(period_grain, 'days.request_date') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

reported as (

    select
        'tenant_share' as reader,
        period_grain,
        period_start,
        cast(sum(attempts) as bigint) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('tenant_share') }}
    where {{ touched('period_start', 'months') }}
    group by
        period_grain,
        period_start

    union all

    select
        dimension as reader,
        period_grain,
        period_start,
        cast(sum(attempts) as bigint) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('attribution_coverage') }}
    where
        dimension <> 'scope'
        and {{ touched('period_start', 'months') }}
    group by
        dimension,
        period_grain,
        period_start

)

{{ differences('spent', 'reported', ['reader', 'period_grain', 'period_start'], ['attempts', 'cost_usd']) }}
