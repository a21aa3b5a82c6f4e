-- What will the month cost if activity goes on as it does, and is the change more work or dearer work?
-- grain: one row a use case with workflows in the month of as_of or the one before
with months as (

    select
        period_start,
        -- The part of the month that has passed.
        least(
            1.0,
            date_diff('second', cast(period_start as timestamp), as_of)
            / cast(date_diff('second', cast(period_start as timestamp), cast(period_end as timestamp)) as double)
        ) as passed,
        row_number() over (order by period_start desc) as months_ago
    from {{ ref('dim_periods') }}
    where period_grain = 'month'

),

activity as (

    select
        economics.use_case,
        months.months_ago,
        max(months.passed) as passed,
        sum(economics.workflows) as workflows,
        cast(sum(economics.cost_usd) as double) as cost_usd
    from {{ ref('use_case_economics') }} as economics
    inner join months on economics.period_start = months.period_start
    where
        economics.period_grain = 'month'
        and months.months_ago <= 2
    group by
        economics.use_case,
        months.months_ago

),

this_month as (

    select * from activity
    where months_ago = 1

),

month_before as (

    select * from activity
    where months_ago = 2

),

compared as (

    select
        coalesce(this_month.use_case, month_before.use_case) as use_case,
        coalesce(this_month.workflows, 0) as workflows,
        coalesce(this_month.workflows, 0) / nullif(this_month.passed, 0) as expected_workflows,
        this_month.cost_usd / nullif(this_month.workflows, 0) as cost_per_workflow_usd,
        coalesce(month_before.workflows, 0) as workflows_before,
        month_before.cost_usd / nullif(month_before.workflows, 0) as cost_per_workflow_before_usd,
        month_before.cost_usd as cost_before_usd
    from this_month
    full outer join month_before on this_month.use_case = month_before.use_case

)

select
    use_case,
    workflows,
    expected_workflows,
    cost_per_workflow_usd,
    expected_workflows * cost_per_workflow_usd as expected_cost_usd,
    cost_before_usd,
    -- More work at the cost of before, and the rest: dearer work.
    (expected_workflows - workflows_before) * cost_per_workflow_before_usd as by_volume_usd,
    (cost_per_workflow_usd - cost_per_workflow_before_usd) * expected_workflows as by_cost_per_workflow_usd
from compared
order by
    expected_cost_usd desc nulls last,
    use_case asc
