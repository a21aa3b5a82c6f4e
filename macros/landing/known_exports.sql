{#- Exports of other tools, by names that their records have together; the first match counts. -#}
{% macro known_exports() -%}
    {{- return([
        ('LiteLLM spend logs', ['request_id', 'call_type', 'startTime', 'spend']),
        ('LiteLLM standard logging payloads', ['call_type', 'startTime', 'response_cost']),
        ('Langfuse traces with observations', ['trace', 'observations']),
        ('Langfuse observations', ['trace_id', 'type', 'start_time']),
        ('Langfuse observations', ['traceId', 'type', 'startTime']),
        ('Langfuse traces', ['project_id', 'timestamp', 'session_id']),
        ('Langfuse ingestion batches', ['batch']),
        ('OpenTelemetry traces (OTLP)', ['resourceSpans']),
        ('OpenTelemetry spans', ['traceId', 'spanId']),
        ('OpenTelemetry spans', ['trace_id', 'span_id']),
        ('OpenTelemetry attributes', ['gen_ai.request.model']),
        ('OpenInference attributes', ['llm.model_name']),
        ('PostHog events', ['event', 'distinct_id', 'properties']),
        ('Claude Code transcripts', ['sessionId', 'uuid', 'message']),
        ('provider responses', ['object', 'choices', 'usage']),
        ('Zendesk tickets', ['requester_id', 'assignee_id', 'subject']),
        ('Zendesk comments', ['author_id', 'body', 'public']),
        ('Intercom conversations', ['conversation_parts']),
        ('Intercom conversations', ['conversation_rating_value', 'state']),
        ('HubSpot tickets', ['property_hs_pipeline_stage']),
        ('HubSpot tickets', ['hs_pipeline_stage']),
        ('ServiceNow records', ['sys_id']),
        ('a table of a loader', ['_fivetran_synced']),
        ('a table of a loader', ['_airbyte_extracted_at']),
        ('a table of a loader', ['_dlt_load_id']),
    ]) -}}
{%- endmacro %}


{#- Whose export a list of names looks like, in SQL; NULL where nothing is known of it. -#}
{% macro looks_like_export(names) -%}
    case
        {%- for export, needed in known_exports() %}
        when list_has_all({{ names }}, {{ duckdb_text_list(needed) }}) then '{{ export }}'
        {%- endfor %}
    end
{%- endmacro %}


{#- At the end of a run that built unread_files: each file of it that is new or has changed, in one sentence of the log. -#}
{% macro name_unread_files(built) -%}
    {%- set unread_files = previous_build('unread_files') -%}
    {%- if landing_folder() and unread_files is not none and 'model.llm_costs.unread_files' in built -%}
        {%- for row in run_committed(
            "select source_file, reason, records, looks_like, advice from " ~ unread_files ~ "
            where source_file in (select source_file from " ~ planned('run_files') ~ ")
                or source_file not in (select source_file from " ~ raw_input_relation('landing_files') ~ ")
            order by source_file limit 20"
        ).rows -%}
            {{- log(
                "NOT READ: " ~ row[0] ~ ": " ~ row[1] | replace('_', ' ')
                ~ (" among " ~ row[2] ~ " records" if row[2] is not none) ~ (", looks like " ~ row[3] if row[3]) ~ ". " ~ row[4], info=true
            ) -}}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
