-- Does telemetry arrive, how late, and which source is silent?
-- grain: one row a source system, over the last 28 days that telemetry reaches
select
    source_system,
    max_by(source_state, request_date) as source_state,
    max(newest_event_at) as newest_event_at,
    max_by(silence_hours, request_date) as silence_hours,
    max_by(usual_silence_hours, request_date) as usual_silence_hours,
    sum(attempts) as attempts,
    sum(calls_later_than_a_day) / nullif(sum(timed_calls), 0) as later_than_a_day_share,
    sum(deliveries_without_ingested_at) / nullif(sum(deliveries), 0) as without_ingested_at_share,
    sum(estimated_tokens) / nullif(sum(tokens), 0) as estimated_token_share
from {{ ref('telemetry_health') }}
where
    source_state <> 'not_reached'
    and request_date > (
        select max(reached.request_date) - 28 from {{ ref('telemetry_health') }} as reached
        where reached.source_state <> 'not_reached'
    )
group by source_system
order by source_system asc
