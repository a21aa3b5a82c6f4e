-- Which stages go round in loops, and what does it cost?
-- grain: one row a use case and pair of stages with a loop, in the last complete month
select
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
        select max(scorecards.period_start) from {{ ref('support_scorecard') }} as scorecards
        where
            scorecards.period_grain = 'month'
            and scorecards.is_complete
    )
order by
    loop_cost_usd desc nulls last,
    use_case asc,
    previous_stage asc,
    stage asc
