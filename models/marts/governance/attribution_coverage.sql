-- grain: one row a period grain, period, use case, dimension and status
{{ config(
    materialized='incremental',
    unique_key=['period_grain', 'period_start'],
    meta={'affected_by': 'int_affected_periods'}
) }}

with attribution_days as (

    select * from {{ ref('int_attribution_days') }}
    where {{ near_affected_periods('request_date', 'int_affected_periods') }}

),

covered as (
    {% for dimension in attribution_dimensions() %}
    select
        request_date,
        use_case,
        '{{ dimension }}' as dimension,
        {{ dimension }} as status,
        attempts,
        unpriced_attempts,
        cost_usd
    from attribution_days
    {{ "where scope = 'reportable'" if dimension != 'scope' }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        use_case,
        dimension,
        status,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from covered
    where
        {{ on_affected(
            ["'" ~ period_grain ~ "'", period_start(period_grain, 'request_date')], 'int_affected_periods'
        ) }}
    group by
        {{ period_start(period_grain, 'request_date') }},
        use_case,
        dimension,
        status
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    use_case,
    dimension,
    status,
    attempts,
    unpriced_attempts,
    cost_usd,
    {{ ratio('attempts', 'sum(attempts) over whole') }} as attempt_share,
    {{ ratio('cost_usd', 'sum(cost_usd) over whole') }} as cost_share
from periods
window whole as (partition by period_grain, period_start, use_case, dimension)
