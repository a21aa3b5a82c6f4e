-- What moved the spend of the last complete week, by every dimension?
-- grain: one row a dimension and driver, five a dimension
select
    period_start,
    dimension,
    driver_rank,
    driver,
    change_usd,
    change_share
from {{ ref('spend_change_drivers') }}
where
    period_grain = 'week'
    and segment_type = 'all'
    and driver_rank <= 5
    and period_start = (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'week'
            and periods.is_complete
    )
order by
    dimension asc,
    driver_rank asc
