-- grain: one row a period grain, period, endpoint and stage with reportable attempts of workflows
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
with stage_days as (

    select * from {{ ref('int_stage_days_accumulated') }}

),

endpoints as (

    select * from {{ ref('dim_endpoints') }}

),

capped as (

    select
        stage_days.*,
        coalesce(endpoints.use_case, 'unknown') as use_case,
        endpoints.stage_cost_cap_usd,
        case
            when endpoints.stage_cost_cap_usd is not null
                then greatest(stage_days.cost_so_far_usd - endpoints.stage_cost_cap_usd, 0)
        end as over_cap_so_far_usd,
        case
            when endpoints.stage_cost_cap_usd is not null
                then greatest(
                    stage_days.cost_so_far_usd - coalesce(stage_days.cost_usd, 0) - endpoints.stage_cost_cap_usd, 0
                )
        end as over_cap_before_usd,
        greatest(stage_days.retries_so_far - {{ var('stage_retry_limit') }}, 0) as retries_over_limit_so_far,
        greatest(
            stage_days.retries_so_far - stage_days.retries - {{ var('stage_retry_limit') }}, 0
        ) as retries_over_limit_before
    from stage_days
    left join endpoints on stage_days.endpoint_tag = endpoints.endpoint_tag

),

days as (

    select
        request_date,
        endpoint_tag,
        stage,
        min(use_case) as use_case,
        max(stage_cost_cap_usd) as stage_cost_cap_usd,
        count(*) filter (where is_first_day) as workflows,
        sum(requests) as requests,
        sum(attempts) as attempts,
        sum(retries) as retries,
        sum(unpriced_attempts) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd,
        -- On the day on which it crosses the limit, and once.
        count(*) filter (where over_cap_so_far_usd > 0 and over_cap_before_usd = 0) as workflows_over_cap,
        {{ sum_usd('over_cap_so_far_usd - over_cap_before_usd') }} as over_cap_cost_usd,
        count(*) filter (
            where retries_over_limit_so_far > 0 and retries_over_limit_before = 0
        ) as workflows_over_retry_limit,
        sum(retries_over_limit_so_far - retries_over_limit_before) as retries_over_limit
    from capped
    group by
        request_date,
        endpoint_tag,
        stage

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        endpoint_tag,
        stage,
        min(use_case) as use_case,
        max(stage_cost_cap_usd) as stage_cost_cap_usd,
        {%- for count in [
            'workflows', 'requests', 'attempts', 'retries', 'unpriced_attempts', 'workflows_over_cap',
            'workflows_over_retry_limit', 'retries_over_limit'
        ] %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('over_cap_cost_usd') }} as over_cap_cost_usd
    from days
    where {{ in_run(period_start(period_grain, 'request_date'), 'months') }}
    group by
        {{ period_start(period_grain, 'request_date') }},
        endpoint_tag,
        stage
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    use_case,
    endpoint_tag,
    stage,
    workflows,
    requests,
    attempts,
    unpriced_attempts,
    cost_usd,
    {{ usd_per('cost_usd', 'requests') }} as cost_per_request_usd,
    cast(stage_cost_cap_usd as {{ type_usd_sum() }}) as stage_cost_cap_usd,
    case when stage_cost_cap_usd is not null then workflows_over_cap end as workflows_over_cap,
    over_cap_cost_usd,
    {{ ratio('over_cap_cost_usd', 'cost_usd') }} as over_cap_share,
    retries,
    workflows_over_retry_limit,
    retries_over_limit
from periods
