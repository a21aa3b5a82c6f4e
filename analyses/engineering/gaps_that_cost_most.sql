-- Which gaps cost most, and who closes them?
-- grain: one row a gap of the template checklist, in the last complete week
--
-- Gaps overlap: a call may lack several. Never add them. What unpriced calls cost is not in the amount.
select
    week_start,
    gap_rank,
    use_case,
    item,
    main_gap,
    gap_cost_usd,
    gap_attempts,
    gap_unpriced_attempts,
    whole_share,
    whole_share_change_1w,
    use_case_owner
from {{ ref('template_checklist') }}
where
    gap_rank is not null
    and week_start = (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'week'
            and periods.is_complete
    )
order by
    week_start asc,
    gap_rank asc
