-- grain: one row a month and tenant
{{ config(materialized='view', contract={'enforced': false}) }}

{{ ready_view('cost_per_resolved_ticket', 'month', 'tenant') }}
