-- grain: one row a period grain and period with reportable spend
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with ranked as (

    select * from {{ ref('int_tenant_periods_ranked') }}
    where {{ in_run('period_start', 'months') }}

),

-- The square of a period's cost has more digits than a decimal holds; a fixed order keeps its sum the same in any run.
summed as (

    select
        period_grain,
        period_start,
        count(*) as tenants,
        count(cost_usd) as tenants_with_known_cost,
        max(total_cost_usd) as cost_usd,
        {{ sum_usd('case when spend_rank = 1 then cost_usd end') }} as top_1_cost_usd,
        {{ sum_usd('case when spend_rank <= 5 then cost_usd end') }} as top_5_cost_usd,
        {{ ordered_sum('cast(cost_usd as double) * cast(cost_usd as double)', 'spend_rank') }} as squared_cost,
        sum(cast(rank_from_smallest as decimal(9, 0)) * cost_usd) as ranked_cost
    from ranked
    group by
        period_grain,
        period_start

),

measured as (

    select
        *,
        {{ ratio('squared_cost', 'cast(cost_usd as double) * cast(cost_usd as double)') }} as hhi
    from summed

)

select
    period_grain,
    period_start,
    tenants,
    cost_usd,
    {{ ratio('top_1_cost_usd', 'cost_usd') }} as top_1_share,
    {{ ratio('top_5_cost_usd', 'cost_usd') }} as top_5_share,
    hhi,
    {{ ratio('1', 'hhi') }} as effective_tenants,
    {{ ratio('2 * ranked_cost', 'cast(tenants_with_known_cost as decimal(9, 0)) * cost_usd') }}
    - {{ ratio('tenants_with_known_cost + 1', 'tenants_with_known_cost') }} as gini
from measured
