-- query: gaps
-- The three that cost most; a gap that follows has no rank.
select
    use_case, use_case_owner, item, main_gap, attempts, gap_attempts, gap_unpriced_attempts, gap_cost_usd, cost_usd,
    1 - whole_share as missing_share,
    -whole_share_change_1w as missing_change
from template_checklist
where week_start = $week and gap_rank <= 3
order by gap_rank

-- query: scores
select
    use_case, 1 - score as missing_share, -score_change_1w as missing_change
from template_scores
where week_start = $week and use_case <> 'unknown' and score is not null
order by missing_share desc, use_case

-- query: arrivals
select
    sum(timed_calls) as timed_calls,
    sum(calls_later_than_a_day) as late_calls,
    sum(calls_later_than_a_day) / nullif(sum(timed_calls), 0) as late_share,
    sum(deliveries_without_ingested_at) as undated,
    count(distinct source_system) as sources,
    count(distinct source_system) filter (where source_state in ('behind', 'in_rhythm')) as judged_sources
from telemetry_health
where request_date >= $week and request_date < $week_end

-- query: silent
-- Sources that were silent for over twice as long as usual, each by its longest silence of the week.
select
    source_system,
    max(longest_silence_hours) as silence_hours,
    max_by(usual_silence_hours, longest_silence_hours) as usual_silence_hours
from telemetry_health
where request_date >= $week and request_date < $week_end and source_state = 'behind'
group by source_system
order by silence_hours desc, source_system
limit 3
