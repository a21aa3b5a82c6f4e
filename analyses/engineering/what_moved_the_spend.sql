-- What moved the spend of the last complete week, by every dimension?
-- grain: one row a dimension and driver, five a dimension
select
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
        select max(scorecards.period_start) from {{ ref('support_scorecard') }} as scorecards
        where
            scorecards.period_grain = 'week'
            and scorecards.is_complete
    )
order by
    dimension asc,
    driver_rank asc
