{#-
  The affected-dates rule. A model that is incremental by date rebuilds exactly the dates of int_affected_dates, whole,
  from raw: idempotent, independent of the order of arrival, and as late-tolerant as the data is. When the model itself is
  built from nothing, these must be all dates there are; a run that selects it alone would otherwise build a part and call
  it the whole.
-#}
{% macro on_affected_dates(date_column) -%}
    {{ date_column }} in (
        select affected.event_date
        from {{ ref('int_affected_dates') }} as affected
        {%- if model.config.materialized == 'incremental' and not is_incremental() %}
        where case
            when affected.is_whole_history then true
            else {{ stop_with(
                'This model is built from nothing and needs every date: run dbt build --full-refresh '
                ~ 'with int_affected_dates selected too.'
            ) }}
        end
        {%- endif %}
    )
{%- endmacro %}


{#-
  Whether a telemetry event is new to the facts. Everything is, when there are none yet. Landing files are taken in whole,
  so every row of a file that was not loaded is new, however old it says it is. Tables of a warehouse (and the demo seeds)
  are read on from the newest ingested_at: that batch may still have been arriving when it was read, so it counts as new
  again. Events without an ingested_at are looked for by their own time, as far back as the lookback says.
-#}
{% macro is_new_delivery() -%}
    {%- if previous_build('fct_attempts') is none -%}
        true
    {%- elif raw_table_origin('llm_requests') == 'landing' -%}
        source_file in (
            select listed.source_file
            from {{ source('raw_input', 'landing_files') }} as listed
            left join {{ source('raw_input', 'loaded_files') }} as loaded
                on
                    listed.source_file = loaded.source_file
                    and listed.file_size = loaded.file_size
                    and listed.modified_at = loaded.modified_at
            where loaded.source_file is null
        )
    {%- else -%}
        coalesce(
            sent_ingested_at,
            occurred_at + interval '{{ var("lookback_days_without_ingested_at") }}' day,
            timestamp '9999-12-31'
        ) >= (
            select coalesce(max(loaded.ingested_through), timestamp '0001-01-01')
            from {{ source('raw_input', 'loaded_through') }} as loaded
            where loaded.raw_table = 'llm_requests'
        )
    {%- endif -%}
{%- endmacro %}
