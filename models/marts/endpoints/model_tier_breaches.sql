-- grain: one row a period grain, period, endpoint, intent and model whose tier is above what the work's risk allows
with judged as (

    select * from {{ ref('int_usage_days_judged') }}

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        endpoint_tag,
        intent,
        judged_by,
        risk_level,
        max_model_tier,
        provider,
        model,
        model_tier,
        is_breach,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('unpriced_attempts') }} as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from judged
    group by
        {{ period_start(period_grain, 'request_date') }},
        endpoint_tag,
        intent,
        judged_by,
        risk_level,
        max_model_tier,
        provider,
        model,
        model_tier,
        is_breach
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

totaled as (

    select
        *,
        cast(sum(attempts) over whole as bigint) as judged_attempts,
        cast(sum(cost_usd) over whole as {{ type_usd_sum() }}) as judged_cost_usd
    from periods
    window whole as (partition by period_grain, period_start, endpoint_tag, intent)

)

select
    period_grain,
    period_start,
    endpoint_tag,
    intent,
    judged_by,
    risk_level,
    max_model_tier,
    provider,
    model,
    model_tier,
    attempts,
    unpriced_attempts,
    cost_usd,
    judged_attempts,
    judged_cost_usd,
    {{ ratio('attempts', 'judged_attempts') }} as attempt_share,
    {{ ratio('cost_usd', 'judged_cost_usd') }} as cost_share
from totaled
where is_breach
