-- grain: one row a period grain, period, use case, dimension and status
-- A view, so that a new owner or budget holds for every period at once.
{{ config(materialized='view') }}

with periods as (

    select * from {{ ref('int_attribution_periods') }}

),

endpoints as (

    select * from {{ ref('dim_endpoints') }}

),

use_case_budgets as (

    select distinct scope_value as use_case
    from {{ ref('stg_reference__budgets') }}
    where
        scope_type = 'use_case'
        -- One of a risk alone leaves the rest of the use case without.
        and risk_level is null

),

looked_up as (

    select
        periods.period_grain,
        periods.period_start,
        periods.use_case,
        periods.dimension,
        case periods.dimension
            when 'owner_and_escalation_path'
                then
                    case
                        when endpoints.owner is null or endpoints.escalation_path is null then 'missing'
                        else 'known'
                    end
            when 'use_case_budget'
                then case when use_case_budgets.use_case is null then 'missing' else 'known' end
            else periods.known_as
        end as status,
        cast(sum(periods.attempts) as bigint) as attempts,
        cast(sum(periods.unpriced_attempts) as bigint) as unpriced_attempts,
        {{ whole_sum('periods.tokens') }} as tokens,
        {{ sum_usd('periods.cost_usd') }} as cost_usd
    from periods
    left join endpoints on periods.known_as = endpoints.endpoint_tag
    left join use_case_budgets on periods.known_as = use_case_budgets.use_case
    group by all

)

select
    period_grain,
    period_start,
    use_case,
    dimension,
    status,
    attempts,
    unpriced_attempts,
    tokens,
    cost_usd,
    {{ ratio('attempts', 'sum(attempts) over whole') }} as attempt_share,
    {{ ratio('cost_usd', 'sum(cost_usd) over whole') }} as cost_share
from looked_up
window whole as (partition by period_grain, period_start, use_case, dimension)
