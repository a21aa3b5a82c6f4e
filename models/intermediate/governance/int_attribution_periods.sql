-- grain: one row a period grain, period, use case, dimension and what is known of it
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with attribution_days as (

    select * from {{ ref('int_attribution_days') }}
    where {{ in_run('request_date', 'month_days') }}

),

usage_days as (

    select * from {{ ref('int_usage_days') }}
    where {{ in_run('request_date', 'month_days') }}

),

covered as (
    {% for dimension in attribution_dimensions() %}
    select
        request_date,
        use_case,
        '{{ dimension }}' as dimension,
        {{ dimension }} as known_as,
        attempts,
        unpriced_attempts,
        tokens,
        cost_usd
    from attribution_days
    {{ "where scope = 'reportable'" if dimension != 'scope' }}

    union all
    {% endfor %}
    {%- for dimension, known_as in attribution_lookups().items() %}
    select
        request_date,
        use_case,
        '{{ dimension }}' as dimension,
        {{ known_as }} as known_as,
        attempts,
        unpriced_attempts,
        {{ all_tokens() }} as tokens,
        cost_usd
    from usage_days
    {{ "union all" if not loop.last }}
    {%- endfor %}

)
{%- for period_grain in period_grains() %}
{%- set period = period_start(period_grain, 'request_date') %}

select
    '{{ period_grain }}' as period_grain,
    {{ period }} as period_start,
    use_case,
    dimension,
    known_as,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
    {{ whole_sum('tokens') }} as tokens,
    {{ sum_usd('cost_usd') }} as cost_usd
from covered
where {{ in_run(period, 'months') }}
group by
    {{ period }},
    use_case,
    dimension,
    known_as
{{ "union all" if not loop.last }}
{%- endfor %}
