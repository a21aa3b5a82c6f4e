-- grain: one row a workflow whose newest delivered outcome is not the one that the last run left; none when built whole
-- depends_on: {{ source('raw_input', 'last_run') }}
{{ config(materialized='table') }}
{%- set history = previous_build('int_workflow_outcomes_current') %}

with delivered as (

    select {{ workflow_outcome_fields() | join(', ') }} from {{ ref('stg_applications__workflow_outcomes') }}
    where
        corrupt_record is null
        and workflow_id is not null
        and {{ may_be_new_version('workflow_outcomes') if history is not none else 'false' }}

)
{%- if history is not none %},

known as (

    select {{ workflow_outcome_fields() | join(', ') }}
    from (
        {{ rows_with_key(history, 'workflow_id', 'select delivered.workflow_id from delivered', 'started_at') }}
    ) as found

),

newest as (

    select
        *,
        {{ version_hash(workflow_outcome_fields()) }} as version_hash
    from (
        select * from delivered
        union all
        select * from known
    ) as versions
    qualify row_number() over ({{ newest_version('workflow_id', 'completed_at', workflow_outcome_fields()) }}) = 1

)

select {{ workflow_outcome_fields() | join(', ') }}
from newest
where
    version_hash not in (
        select {{ version_hash(workflow_outcome_fields()) }}
        from known
    )
    -- What that run took in is the newest version by now, and has not reached the facts.
    or {{ last_run_broke_off() }}
{%- else %}

select * from delivered
{%- endif %}
