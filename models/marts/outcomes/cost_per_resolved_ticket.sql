-- grain: one row a period grain, period, segment type and segment value
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with economics as (

    select * from {{ ref('int_unit_economics_by_segment') }}
    where {{ in_run('period_start', 'months') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

),

clock as (

    select * from {{ ref('int_as_of') }}

),

costed as (

    select
        economics.*,
        definition.outcome_definition,
        {{ known_cost('economics.cost_usd', 'economics.attempts') }} as ticket_cost_usd,
        {{ known_cost('economics.unattributed_cost_usd', 'economics.unattributed_attempts') }} as unattributed_usd,
        {{ known_cost('economics.cohort_cost_usd', 'economics.cohort_attempts') }} as cohort_usd,
        {{ known_cost('economics.cost_to_resolve_usd', 'economics.resolved_tickets') }} as cost_to_resolve,
        {{ cohort_is_mature('economics.period_grain', 'economics.period_start') }} as cohort_is_mature
    from economics
    cross join definition
    cross join clock

)

select
    period_grain,
    period_start,
    segment_type,
    segment_value,
    outcome_definition,
    ticket_cost_usd,
    unattributed_usd as unattributed_cost_usd,
    handled_tickets,
    resolved_tickets,
    {{ usd_per('ticket_cost_usd', 'handled_tickets') }} as cost_per_handled_usd,
    {{ usd_per('ticket_cost_usd', 'resolved_tickets') }} as cost_per_resolved_usd,
    -- Calls without a known cost add nothing here, be they some or all of those without a workflow, and are counted.
    {{ usd_per('(ticket_cost_usd + coalesce(unattributed_usd, 0))', 'resolved_tickets') }}
        as cost_per_resolved_fully_loaded_usd,
    cost_to_resolve as cost_to_resolve_usd,
    {{ usd_per('cost_to_resolve', 'resolved_tickets') }} as cost_to_resolve_per_resolved_usd,
    cohort_tickets,
    cohort_usd as cohort_cost_usd,
    cohort_resolved_tickets,
    cohort_is_mature,
    case
        when cohort_is_mature then {{ usd_per('cohort_usd', 'cohort_resolved_tickets') }}
    end as cohort_cost_per_resolved_usd,
    unpriced_attempts,
    unattributed_unpriced_attempts
from costed
