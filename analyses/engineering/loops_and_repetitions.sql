-- Which stages go round in loops, and what does it cost?
-- grain: one row a use case and pair of stages with a loop, in the last complete month
select
    period_start,
    use_case,
    previous_stage,
    stage,
    steps,
    repetitions,
    returns,
    loop_requests,
    loop_cost_usd,
    loop_cost_share
from {{ ref('stage_transitions') }}
where
    period_grain = 'month'
    and loop_requests > 0
    and period_start = (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'month'
            and periods.is_complete
    )
order by
    loop_cost_usd desc nulls last,
    use_case asc,
    previous_stage asc,
    stage asc
