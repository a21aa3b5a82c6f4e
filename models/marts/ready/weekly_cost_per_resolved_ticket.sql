-- grain: one row a week
{{ config(materialized='view', contract={'enforced': false}) }}

{{ ready_view('cost_per_resolved_ticket', 'week', 'all') }}
