-- grain: one row a workflow whose newest delivered outcome is not the one that the last run left, or that has none
-- any more; none in a whole run
-- depends_on: {{ ref('stg_landing__files') }}
-- depends_on: {{ ref('run_files') }}
-- depends_on: {{ ref('run_version_files') }}
{{ config(materialized='table') }}

{{ changed_versions(
    raw_table='workflow_outcomes',
    staged=ref('stg_applications__workflow_outcomes'),
    kept=compared_build('int_workflow_outcomes_current'),
    key='workflow_id',
    moments=['completed_at'],
    date_column='started_at',
    fields=workflow_outcome_fields()
) }}
