-- Workflows and what they cost are in the economics of use cases and in their stages, at each grain.
with grains as (
    {% for period_grain in period_grains() %}
    select '{{ period_grain }}' as period_grain
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

workflows as (

    select
        grains.period_grain,
        coalesce(workflows.use_case, 'unknown') as use_case,
        count(*) as workflows,
        count(*) filter (where workflows.is_success) as successful_workflows,
        {{ whole_sum('workflows.attempts') }} as attempts,
        {{ sum_usd('workflows.cost_usd') }} as cost_usd,
        {{ whole_sum('workflows.attempts') }} as attempts_of_stages,
        {{ sum_usd('workflows.cost_usd') }} as cost_of_stages_usd
    from {{ ref('fct_workflows') }} as workflows
    cross join grains
    group by
        grains.period_grain,
        coalesce(workflows.use_case, 'unknown')

),

stages as (

    select
        period_grain,
        use_case,
        {{ whole_sum('attempts') }} as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('use_case_stages') }}
    group by
        period_grain,
        use_case

),

flows as (

    select
        period_grain,
        use_case,
        {{ whole_sum('workflows') }} as workflows,
        {{ whole_sum('successful_workflows') }} as successful_workflows,
        {{ whole_sum('attempts') }} as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('use_case_economics') }}
    group by
        period_grain,
        use_case

),

use_cases as (

    select
        flows.*,
        stages.attempts as attempts_of_stages,
        stages.cost_usd as cost_of_stages_usd
    from flows
    left join stages
        on
            flows.period_grain = stages.period_grain
            and flows.use_case = stages.use_case

)

{{ differences(
    'workflows', 'use_cases', ['period_grain', 'use_case'],
    ['workflows', 'successful_workflows', 'attempts', 'cost_usd', 'attempts_of_stages', 'cost_of_stages_usd']
) }}
