-- grain: one row a workflow of the other use cases, with its newest delivered outcome
{{ config(
    materialized='incremental',
    unique_key='workflow_id',
    meta={'affected_by': 'int_workflow_outcomes_changed', 'dated_by': 'started_at'}
) }}

{% if is_incremental() -%}
select {{ workflow_outcome_fields() | join(', ') }} from {{ ref('int_workflow_outcomes_changed') }}
{%- else -%}
-- depends_on: {{ ref('int_workflow_outcomes_changed') }}
with delivered as (

    select {{ workflow_outcome_fields() | join(', ') }} from {{ ref('stg_applications__workflow_outcomes') }}
    where
        corrupt_record is null
        and workflow_id is not null

),

{{ newest_versions('delivered', 'workflow_id', 'completed_at', workflow_outcome_fields()) }}
{%- endif %}
