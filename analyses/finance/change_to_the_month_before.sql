-- How does each month compare with the month before, by use case?
-- grain: one row a month and use case
--
-- The first month has nothing to compare with, and the last one may not be over: see is_complete of dim_periods.
with months as (

    select
        period_start as month_start,
        use_case,
        sum(cost_usd) as cost_usd
    from {{ ref('endpoint_economics') }}
    where period_grain = 'month'
    group by
        period_start,
        use_case

)

select
    months.month_start,
    months.use_case,
    months.cost_usd,
    previous.cost_usd as cost_before_usd,
    months.cost_usd - previous.cost_usd as change_usd,
    (months.cost_usd - previous.cost_usd) / nullif(previous.cost_usd, 0) as growth
from months
left join months as previous
    on
        months.use_case = previous.use_case
        and months.month_start = previous.month_start + interval '1' month
order by
    months.month_start asc,
    change_usd desc nulls last,
    months.use_case asc
