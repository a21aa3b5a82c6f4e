-- grain: one row a month and tenant with reportable spend
{{ config(materialized='view', contract={'enforced': false}) }}

{{ ready_view('tenant_share', 'month') }}
