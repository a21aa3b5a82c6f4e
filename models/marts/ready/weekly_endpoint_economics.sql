-- grain: one row a week, use case, endpoint, stage, model, model tier and prompt version
{{ config(materialized='view', contract={'enforced': false}) }}

{{ ready_view('endpoint_economics', 'week') }}
