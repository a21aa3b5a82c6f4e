-- Which customers cost more than in the month before?
-- grain: one row a customer whose cost rose, in the last complete month
with months as (

    select * from {{ ref('tenant_share') }}
    where period_grain = 'month'

)

select
    months.period_start,
    months.tenant_id,
    months.tenant_name,
    months.cost_usd,
    previous.cost_usd as cost_before_usd,
    months.cost_usd - coalesce(previous.cost_usd, 0) as rise_usd
from months
left join months as previous
    on
        months.tenant_id = previous.tenant_id
        and months.period_start = previous.period_start + interval '1' month
where
    months.cost_usd > coalesce(previous.cost_usd, 0)
    -- A customer whose cost was not known before has not risen from 0.
    and (previous.tenant_id is null or previous.cost_usd is not null)
    and months.period_start = (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'month'
            and periods.is_complete
    )
order by
    rise_usd desc,
    months.tenant_id asc
