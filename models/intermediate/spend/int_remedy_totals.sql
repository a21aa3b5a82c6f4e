-- grain: one row a month of the run, endpoint and remedy that reaches calls there, or that cannot be judged of some
{%- set counts = ['calls', 'requests', 'unpriced_calls', 'answers'] %}

with found as (

    select
        period_start,
        endpoint_tag,
        remedy,
        {%- for count in counts %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ whole_sum('case when workflow_id is null then calls else 0 end') }} as calls_without_case,
        {{ whole_sum('case when workflow_id is null then answers else 0 end') }} as answers_without_case,
        {{ sum_usd('saving_usd') }} as saving_usd,
        {{ sum_usd('saving_in_order_usd') }} as saving_in_order_usd
    from {{ ref('int_remedy_workflows') }}
    where {{ in_run('period_start', 'months', dated_by='period_start') }}
    group by
        period_start,
        endpoint_tag,
        remedy

),

usage as (

    select
        {{ period_start('month', 'request_date') }} as period_start,
        endpoint_tag,
        {{ whole_sum('attempts') }} as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('int_usage_days') }}
    where {{ in_run('request_date', 'months', dated_by='request_date') }}
    group by
        {{ period_start('month', 'request_date') }},
        endpoint_tag

),

judged as (

    select
        {{ period_start('month', 'request_date') }} as period_start,
        endpoint_tag,
        {{ whole_sum('attempts') }} as attempts
    from {{ ref('int_usage_days_judged') }}
    where {{ in_run('request_date', 'months', dated_by='request_date') }}
    group by
        {{ period_start('month', 'request_date') }},
        endpoint_tag

),

-- Calls whose model has no tier, or whose work has no highest one: nobody knows whether their model is too dear.
tiers as (

    select
        usage.period_start,
        usage.endpoint_tag,
        'allowed_tier' as remedy,
        usage.attempts - coalesce(judged.attempts, 0) as unjudged_calls
    from usage
    left join judged
        on
            usage.period_start = judged.period_start
            and usage.endpoint_tag = judged.endpoint_tag

),

totaled as (

    select
        coalesce(found.period_start, tiers.period_start) as period_start,
        coalesce(found.endpoint_tag, tiers.endpoint_tag) as endpoint_tag,
        coalesce(found.remedy, tiers.remedy) as remedy,
        {%- for count in counts + ['calls_without_case', 'answers_without_case'] %}
        coalesce(found.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        coalesce(tiers.unjudged_calls, 0) as unjudged_calls,
        found.saving_usd,
        found.saving_in_order_usd
    from found
    full outer join tiers
        on
            found.period_start = tiers.period_start
            and found.endpoint_tag = tiers.endpoint_tag
            and found.remedy = tiers.remedy
    where
        found.calls > 0
        or tiers.unjudged_calls > 0

)

select
    totaled.*,
    usage.cost_usd as endpoint_cost_usd
from totaled
left join usage
    on
        totaled.period_start = usage.period_start
        and totaled.endpoint_tag = usage.endpoint_tag
