-- What workflows used of an endpoint, straight from the attempts, is in their cost per success, at each grain.
with grains as (
    {% for period_grain in period_grains() %}
    select '{{ period_grain }}' as period_grain
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

attempts as (

    select
        grains.period_grain,
        coalesce(attempts.endpoint_tag, 'unknown') as endpoint_tag,
        count(*) as attempts,
        count(*) - count(attempts.cost_usd) as unpriced_attempts,
        {{ sum_usd('attempts.cost_usd') }} as cost_usd
    from {{ ref('fct_attempts') }} as attempts
    cross join grains
    where
        attempts.is_reportable
        and attempts.workflow_id is not null
    group by
        grains.period_grain,
        coalesce(attempts.endpoint_tag, 'unknown')

),

endpoints as (

    select
        period_grain,
        endpoint_tag,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('unpriced_attempts') }} as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('cost_per_successful_workflow') }}
    group by
        period_grain,
        endpoint_tag

)

{{ differences(
    'attempts', 'endpoints', ['period_grain', 'endpoint_tag'], ['attempts', 'unpriced_attempts', 'cost_usd']
) }}
