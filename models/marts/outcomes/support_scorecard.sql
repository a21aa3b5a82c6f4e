-- grain: one row a period grain (week, month), period, segment type (all, project) and segment value
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
{%- set of_spend = [
    'handled_tickets', 'resolved_tickets', 'deflected_tickets', 'unknown_deflections', 'unpriced_attempts'
] %}

with cohorts as (

    select * from {{ ref('int_cohorts_scored') }}

),

spend as (

    select
        costs.*,
        deflections.deflected_tickets,
        deflections.unknown_deflections
    from {{ ref('cost_per_resolved_ticket') }} as costs
    inner join {{ ref('cost_per_deflection') }} as deflections
        on
            costs.period_grain = deflections.period_grain
            and costs.period_start = deflections.period_start
            and costs.segment_type = deflections.segment_type
            and costs.segment_value = deflections.segment_value
    where
        costs.period_grain in ({{ quoted_words(scorecard_grains()) }})
        and costs.segment_type in ({{ quoted_words(scorecard_segments()) }})
        and {{ in_run('costs.period_start', 'months') }}
        and {{ in_run('deflections.period_start', 'months') }}

),

-- What a side has no row for it has none of: a count of 0, and no cost.
joined as (

    select
        coalesce(spend.period_grain, cohorts.period_grain) as period_grain,
        coalesce(spend.period_start, cohorts.period_start) as period_start,
        coalesce(spend.segment_type, cohorts.segment_type) as segment_type,
        coalesce(spend.segment_value, cohorts.segment_value) as segment_value,
        case
            when spend.period_start is null then cast(0 as {{ type_usd_sum() }})
            else spend.ticket_cost_usd
        end as ticket_cost_usd,
        spend.cost_per_handled_usd,
        spend.cost_per_resolved_usd,
        {%- for measure in of_spend %}
        coalesce(spend.{{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        {%- for measure in ['opened_tickets'] + scorecard_counts() | list %}
        coalesce(cohorts.{{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        cohorts.csat_sum,
        cohorts.contained_csat_sum,
        cohorts.first_human_reply_minutes_p50,
        cohorts.first_human_reply_minutes_p90,
        cohorts.resolution_minutes_p50,
        cohorts.resolution_minutes_p90
    from spend
    full outer join cohorts
        on
            spend.period_grain = cohorts.period_grain
            and spend.period_start = cohorts.period_start
            and spend.segment_type = cohorts.segment_type
            and spend.segment_value = cohorts.segment_value

)

select
    joined.period_grain,
    joined.period_start,
    joined.segment_type,
    joined.segment_value,
    definition.outcome_definition,
    {{ period_has_passed('joined.period_grain', 'joined.period_start', 'clock.as_of') }} as is_complete,
    {{ cohort_is_mature('joined.period_grain', 'joined.period_start') }} as cohort_is_mature,
    joined.ticket_cost_usd,
    joined.unpriced_attempts,
    joined.handled_tickets,
    joined.resolved_tickets,
    joined.cost_per_handled_usd,
    joined.cost_per_resolved_usd,
    joined.deflected_tickets,
    joined.unknown_deflections,
    joined.opened_tickets,
    joined.opened_tickets - joined.cohort_tickets as human_only_tickets,
    joined.cohort_tickets,
    joined.cohort_resolved_tickets,
    joined.escalated_tickets,
    joined.unknown_escalations,
    {{ ratio('joined.escalated_tickets', '(joined.cohort_tickets - joined.unknown_escalations)') }} as escalation_rate,
    joined.transferred_tickets,
    joined.unknown_transfers,
    {{ ratio('joined.transferred_tickets', '(joined.cohort_tickets - joined.unknown_transfers)') }} as transfer_rate,
    joined.contained_tickets,
    joined.unknown_containments,
    {{ ratio('joined.contained_tickets', '(joined.cohort_tickets - joined.unknown_containments)') }}
        as containment_rate,
    joined.auto_resolutions,
    joined.unknown_auto_resolutions,
    joined.auto_resolutions_reopened,
    joined.unknown_auto_reopenings,
    {{ ratio('joined.auto_resolutions_reopened', '(joined.auto_resolutions - joined.unknown_auto_reopenings)') }}
        as auto_reopen_rate,
    joined.auto_resolutions_returned,
    {{ ratio('joined.auto_resolutions_returned', 'joined.auto_resolutions') }} as auto_return_rate,
    joined.rated_tickets,
    {{ ratio('joined.csat_sum', 'joined.rated_tickets') }} as csat_average,
    joined.rated_contained_tickets,
    {{ ratio('joined.contained_csat_sum', 'joined.rated_contained_tickets') }} as contained_csat_average,
    joined.timed_first_human_replies,
    joined.untimed_first_human_replies,
    joined.first_human_reply_minutes_p50,
    joined.first_human_reply_minutes_p90,
    joined.resolution_minutes_p50,
    joined.resolution_minutes_p90,
    joined.timed_resolutions,
    joined.cohort_resolved_tickets - joined.timed_resolutions as untimed_resolutions
from joined
cross join {{ ref('int_outcome_definition') }} as definition
cross join {{ ref('int_as_of') }} as clock
