-- grain: one row a delivered outcome of a workflow (use cases other than support)
{{ config(meta={'in_run': 'new_files', 'touched_by': 'source_file'}) }}

with source as (

    select * from {{ raw_table('workflow_outcomes') }}

),

trimmed as (

    select
        *,
        {{ trimmed_columns(['workflow_id', 'tenant_id']) }},
        {{ moment_columns('workflow_outcomes') }}
    from source

),

sent as (

    select
        *,
        {{ id_of('trimmed_workflow_id') }} as sent_workflow_id,
        {{ id_of('trimmed_tenant_id') }} as sent_tenant_id,
        {{ typed_columns('workflow_outcomes') }}
    from trimmed

),

renamed as (

    select
        -- as marts show them: what is joined is shown alike
        {{ shown_id('sent_workflow_id', is_row_key=true) }} as workflow_id,
        {{ withheld_kind('sent_workflow_id') }} as withheld_kind,
        {{ shown_id('sent_tenant_id') }} as tenant_id,
        {{ to_word('use_case') }} as use_case,
        {{ to_word('outcome') }} as outcome,
        read_is_success as is_success,
        read_started_at as started_at,
        read_completed_at as completed_at,
        read_value_usd as value_usd,
        {{ unreadable_values('workflow_outcomes') }} as unreadable_values,
        corrupt_record,
        source_file,
        source_line
    from sent

)

select
    *,
    {{ unreadable_fields('unreadable_values') }} as unreadable_fields
from renamed
