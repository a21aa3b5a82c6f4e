-- grain: one row a workflow of the other use cases, with its newest delivered outcome
-- depends_on: {{ ref('stg_landing__files') }}
-- depends_on: {{ ref('run_outcomes') }}
-- depends_on: {{ ref('stg_applications__workflow_outcomes') }}
{{ config(materialized='incremental', unique_key='workflow_id', meta={'in_run': 'outcomes'}) }}

{% if not run_is_whole() -%}
select {{ workflow_outcome_fields() | join(', ') }} from {{ ref('run_outcomes') }}
where not is_gone
{%- else -%}
with delivered as (

    select
        {{ workflow_outcome_fields() | join(', ') }},
        source_file,
        {{ place_in_file('workflow_outcomes') }} as place
    from {{ ref('stg_applications__workflow_outcomes') }}
    where
        corrupt_record is null
        and workflow_id is not null

),

{{ newest_versions('workflow_outcomes', 'delivered', 'workflow_id', ['completed_at'], workflow_outcome_fields()) }}
{%- endif %}
