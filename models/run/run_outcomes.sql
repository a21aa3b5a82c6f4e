-- grain: one row a workflow whose newest delivered outcome is not the one that the last run left; none in a whole run
-- depends_on: {{ ref('run_files') }}
{{ config(materialized='table') }}

{{ changed_versions(
    staged=ref('stg_applications__workflow_outcomes'),
    kept=previous_build('int_workflow_outcomes_current'),
    key='workflow_id',
    moment='completed_at',
    date_column='started_at',
    fields=workflow_outcome_fields()
) }}
