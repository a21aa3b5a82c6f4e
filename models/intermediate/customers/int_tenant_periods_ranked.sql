-- grain: one row a period grain, period and tenant, ranked by spend
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with tenant_days as (

    select * from {{ ref('int_tenant_days') }}
    where {{ in_run('request_date', 'month_days') }}

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        tenant_id,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from tenant_days
    where {{ in_run(period_start(period_grain, 'request_date'), 'months') }}
    group by
        {{ period_start(period_grain, 'request_date') }},
        tenant_id
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    *,
    cast(row_number() over by_spend as bigint) as spend_rank,
    cast(row_number() over (
        partition by period_grain, period_start
        order by cost_usd asc nulls last, tenant_id desc
    ) as bigint) as rank_from_smallest,
    count(*) over (partition by period_grain, period_start) as tenants,
    {{ sum_usd_over('cost_usd', 'partition by period_grain, period_start') }} as total_cost_usd,
    cast(sum(cost_usd) over by_spend as {{ type_usd_sum() }}) as cumulative_cost_usd
from periods
window by_spend as (
    partition by period_grain, period_start
    order by cost_usd desc nulls last, tenant_id asc
    rows between unbounded preceding and current row
)
