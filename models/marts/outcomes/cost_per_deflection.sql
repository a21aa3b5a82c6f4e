-- grain: one row a period grain, period, segment type and segment value
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with economics as (

    select * from {{ ref('int_unit_economics_by_segment') }}
    where {{ in_run('period_start', 'months') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

),

measured as (

    select
        economics.*,
        definition.outcome_definition,
        {{ known_cost('economics.cost_usd', 'economics.attempts') }} as ticket_cost_usd,
        economics.expected_escalations - economics.observed_escalations as fewer_escalations
    from economics
    cross join definition

),

demonstrated as (

    select
        *,
        -- Nothing is claimed where the observed rate does not beat the baseline.
        case when fewer_escalations > 0 then fewer_escalations end as escalations_avoided
    from measured

)

select
    period_grain,
    period_start,
    segment_type,
    segment_value,
    outcome_definition,
    ticket_cost_usd,
    handled_tickets,
    resolved_tickets,
    deflected_tickets,
    unknown_deflections,
    {{ usd_per('ticket_cost_usd', 'deflected_tickets') }} as cost_per_deflection_usd,
    tickets_with_baseline,
    -- Sums over the cases for which there is an assumption: over none of them, 0.
    cast(coalesce(expected_escalations, 0) as decimal(28, 6)) as expected_escalations,
    observed_escalations,
    cast(escalations_avoided as decimal(28, 6)) as escalations_avoided,
    case
        when escalations_avoided is null then 'not_demonstrated'
        else 'demonstrated'
    end as escalations_avoided_status,
    {{ usd_per('ticket_cost_usd * 1000000', 'cast(escalations_avoided * 1000000 as bigint)') }}
        as cost_per_escalation_avoided_usd,
    cast(coalesce(minutes_saved, 0) as decimal(28, 6)) as minutes_saved,
    {{ usd_per('cast(coalesce(minutes_saved, 0) as decimal(28, 12))', 'handled_tickets') }}
        as minutes_saved_per_handled,
    cast(coalesce(minutes_at_stake, 0) as decimal(28, 6)) as minutes_at_stake,
    unknown_minutes_tickets,
    unpriced_attempts
from demonstrated
