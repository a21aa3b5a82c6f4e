-- The scorecard has every dollar and case of cost_per_resolved_ticket; it counts the cases of a cohort by itself.
{%- set measures = [
    'ticket_cost_usd', 'unpriced_attempts', 'handled_tickets', 'resolved_tickets', 'cohort_tickets', 'cohort_resolved_tickets'
] %}
with {% for relation in ['support_scorecard', 'cost_per_resolved_ticket'] -%}
{{ 'scorecard' if loop.first else 'headline' }} as (

    select
        period_grain,
        period_start,
        segment_type,
        segment_value,
        {{ measures | join(',\n        ') }}
    from {{ ref(relation) }}
    where
        period_grain in ({{ quoted_words(scorecard_grains()) }})
        and segment_type in ({{ quoted_words(scorecard_segments()) }})
        and {{ touched('period_start', 'months') }}
        -- A period may have cases that no model worked on, or spend that names no case.
        and (
            ticket_cost_usd is null
            or ticket_cost_usd <> 0
            or handled_tickets + resolved_tickets + cohort_tickets <> 0
        )

){{ "," if loop.first }}

{% endfor -%}
{{ differences('scorecard', 'headline', ['period_grain', 'period_start', 'segment_type', 'segment_value'], measures) }}
