{#-
  What a run rebuilds, level by level (DECISIONS.md, "What a run rebuilds"): dates of attempts, then the workflows on them,
  then the dates and the periods that count those workflows. The key columns of each list:
-#}
{% macro affected_keys(affected_by) -%}
    {{- return({
        'int_affected_dates': ['event_date'],
        'int_affected_files': ['source_file'],
        'int_affected_weeks': ['week_start'],
        'int_affected_periods': ['period_grain', 'period_start'],
        'int_tickets_changed': ['ticket_id'],
        'int_workflow_outcomes_changed': ['workflow_id'],
        'int_affected_workflows': ['workflow_id'],
        'int_workflows_on_affected_dates': ['workflow_id'],
        'int_dates_of_affected_workflows': ['request_date'],
        'int_affected_case_dates': ['event_date'],
        'int_affected_case_periods': ['period_grain', 'period_start'],
        'int_affected_releases': ['endpoint_tag', 'prompt_version'],
        'int_affected_windows': ['window_grain', 'window_start'],
    }[affected_by]) -}}
{%- endmacro %}

{% macro affected_lists() -%}
    {{- return([
        'int_affected_dates', 'int_affected_files', 'int_affected_weeks', 'int_affected_periods', 'int_tickets_changed',
        'int_workflow_outcomes_changed', 'int_affected_workflows', 'int_workflows_on_affected_dates', 'int_dates_of_affected_workflows', 'int_affected_case_dates',
        'int_affected_case_periods', 'int_affected_releases', 'int_affected_windows'
    ]) -}}
{%- endmacro %}


{#-
  Whether the key is on a list of what a run rebuilds. No engine can tell from the dates that it stores which keys of
  workflows, or of periods computed from a date, are meant: `date_column` lets it skip what lies before the first of them.
-#}
{% macro is_on_affected_list(columns, affected_by, date_column=none) -%}
    ({{ columns | join(', ') }}) in (
        select {{ affected_keys(affected_by) | join(', ') }}
        from {{ ref(affected_by) }}
    )
    {%- if date_column is not none %}
    and {{ is_since_first_affected(date_column, affected_by) }}
    {%- endif -%}
{%- endmacro %}

{#-
  Whether a raw row lies in a file that this run reads. Where there is none, the list alone would not keep an engine from
  reading every file to find no row: what it computes of a row comes before the list.
-#}
{% macro is_in_affected_file() -%}
    source_file in (select files.source_file from {{ ref('int_affected_files') }} as files)
    and source_file >= (select coalesce(min(files.source_file), '~') from {{ ref('int_affected_files') }} as files)
{%- endmacro %}

{#-
  Rows of a table whose key is on a list, found without reading all of it. Those without the date are looked for apart:
  an OR would keep storage from skipping the rest.
-#}
{% macro rows_on_affected_list(relation, columns, affected_by, date_column) -%}
    select * from {{ relation }}
    where {{ is_on_affected_list(columns, affected_by, date_column) }}

    union all

    select * from {{ relation }}
    where
        {{ is_on_affected_list(columns, affected_by) }}
        and {{ date_column }} is null
{%- endmacro %}

{#-
  Rows of a table whose key is among others, for tables that are searched by id alone: only the ids of all rows are read,
  and the other columns from the first date of a hit on.
-#}
{% macro rows_with_key(relation, key, keys, date_column, date_type='timestamp') -%}
    {{ return(adapter.dispatch('rows_with_key', 'llm_costs')(relation, key, keys, date_column, date_type)) }}
{%- endmacro %}

{% macro default__rows_with_key(relation, key, keys, date_column, date_type) -%}
    select * from {{ relation }}
    where
        {{ key }} in ({{ keys }})
        and {{ date_column }} >= (
            select coalesce(min(found.{{ date_column }}), {{ date_type }} '9999-12-31')
            from {{ relation }} as found
            where found.{{ key }} in ({{ keys }})
        )

    union all

    select * from {{ relation }}
    where
        {{ key }} in ({{ keys }})
        and {{ date_column }} is null
{%- endmacro %}

{#- Spark builds whole, so nearly every row is a hit and there is nothing to skip. -#}
{% macro spark__rows_with_key(relation, key, keys, date_column, date_type) -%}
    select * from {{ relation }}
    where {{ key }} in ({{ keys }})
{%- endmacro %}

{#- An empty list has a date after all others: beside a NULL, every row would be read to find none. -#}
{% macro is_since_first_affected(date_column, affected_by) -%}
    {%- set first = 'period_start' if 'period_start' in affected_keys(affected_by) else 'first_date' -%}
    {{ date_column }} >= (
        select coalesce(min(affected.{{ first }}), date '9999-12-31')
        from {{ ref(affected_by) }} as affected
    )
{%- endmacro %}


{#- Rows that an incremental model rebuilds in this run; all of them where it is built from nothing. -#}
{% macro on_affected(columns, affected_by, date_column=none) -%}
    {%- set condition = is_on_affected_list(columns, affected_by, date_column) -%}
    {{- condition if is_incremental() else 'true' -}}
{%- endmacro %}

{#- The same of a table by workflow, in which storage skips what lies before the first of them. -#}
{% macro rows_on_affected(relation, columns, affected_by, date_column) -%}
    {%- set rows = rows_on_affected_list(relation, columns, affected_by, date_column) -%}
    {{- rows if is_incremental() else 'select * from ' ~ relation -}}
{%- endmacro %}

{#-
  Rows of the affected periods, and some more: of the 31 dates from the beginning of each. For what is read more than once,
  and held until it is; its readers choose the periods. A list of dates lets storage skip all others.
-#}
{% macro near_affected_periods(date_column, affected_by) -%}
    {{- is_near_affected_period(date_column, affected_by) if is_incremental() else 'true' -}}
{%- endmacro %}

{% macro is_near_affected_period(date_column, affected_by) -%}
    {{ date_column }} in (
        select affected.period_start + cast(spine.id as int)
        from {{ ref(affected_by) }} as affected
        cross join range(31) as spine (id)
    )
{%- endmacro %}


{#-
  The same for a view that serves incremental models: everything as long as one of them is to be built from nothing.
-#}
{% macro on_affected_for(models, columns, affected_by, date_column=none) -%}
    {%- set condition = is_on_affected_list(columns, affected_by, date_column) -%}
    {{- 'true' if serves_full_builds(models) else condition -}}
{%- endmacro %}

{% macro rows_on_affected_for(models, relation, columns, affected_by, date_column) -%}
    {%- set rows = rows_on_affected_list(relation, columns, affected_by, date_column) -%}
    {{- 'select * from ' ~ relation if serves_full_builds(models) else rows -}}
{%- endmacro %}

{% macro since_first_affected_for(models, date_column, affected_by) -%}
    {%- set condition = is_since_first_affected(date_column, affected_by) -%}
    {{- 'true' if serves_full_builds(models) else condition -}}
{%- endmacro %}

{% macro near_affected_periods_for(models, date_column, affected_by) -%}
    {%- set condition = is_near_affected_period(date_column, affected_by) -%}
    {{- 'true' if serves_full_builds(models) else condition -}}
{%- endmacro %}

{% macro serves_full_builds(models) -%}
    {%- set built_from_nothing = [] -%}
    {%- for name in models if previous_build(name) is none -%} {%- do built_from_nothing.append(name) -%} {%- endfor -%}
    {{- return(built_from_nothing | length > 0 or target.type == 'spark') -}}
{%- endmacro %}


{#-
  The affected-dates rule. A model that is incremental by date rebuilds exactly the dates of int_affected_dates, whole,
  from raw: idempotent, independent of the order of arrival, and as late-tolerant as the data is. When the model itself is
  built from nothing, these must be all dates there are, and no row is looked up; a run that selects it alone would otherwise
  build a part and call it the whole. A model whose rows need a whole week takes every date of the weeks that they touch.
-#}
{% macro on_affected_dates(date_column, whole_weeks=false) -%}
    {%- if model.config.materialized == 'incremental' and not is_incremental() -%}
    case
        when (
            select coalesce(bool_and(affected.is_whole_history), true)
            from {{ ref('int_affected_dates') }} as affected
        ) then true
        else {{ stop_with(
            'This model is built from nothing and needs every date: run dbt build --full-refresh '
            ~ 'with int_affected_dates selected too.'
        ) }}
    end
    {%- else -%}
    {{ date_column }} in (
        select {{ week_start('affected.event_date') ~ ' + weekday.number' if whole_weeks else 'affected.event_date' }}
        from {{ ref('int_affected_dates') }} as affected
        {%- if whole_weeks %}
        cross join (select cast(spine.id as int) as number from range(7) as spine (id)) as weekday
        {%- endif %}
    )
    {%- endif -%}
{%- endmacro %}


{#-
  Whether a telemetry event is new to the facts. Everything is, when there are none yet. Landing files are taken in whole,
  so every row of a file that was not loaded is new, however old it says it is. Tables of a warehouse (and the demo seeds)
  are read on from the newest ingested_at: that batch may still have been arriving when it was read, so it counts as new
  again. Events without an ingested_at are looked for by their own time, as far back as the lookback says.
-#}
{% macro is_new_delivery() -%}
    {%- if previous_build('int_attempts_attributed') is none -%}
        true
    {%- elif raw_table_origin('llm_requests') == 'landing' -%}
        {{ is_in_new_file('llm_requests') }}
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


{#- Whether a row of a landing folder is in a file that was not loaded yet, or has changed since. -#}
{% macro is_in_new_file(raw_table) -%}
    source_file in (
        select listed.source_file
        from {{ source('raw_input', 'landing_files') }} as listed
        left join {{ source('raw_input', 'loaded_files') }} as loaded
            on
                listed.source_file = loaded.source_file
                and listed.file_size = loaded.file_size
                and listed.modified_at = loaded.modified_at
        where
            listed.raw_table = '{{ raw_table }}'
            and loaded.source_file is null
    )
{%- endmacro %}


{#-
  Rows of a table of versions that may hold a newer one than the last run has seen. Files are read once; a table, which
  may be updated anywhere, is read whole.
-#}
{% macro may_be_new_version(raw_table) -%}
    {%- if raw_table_origin(raw_table) == 'landing' -%} {{ is_in_new_file(raw_table) }} {%- else -%} true {%- endif -%}
{%- endmacro %}


{#-
  Rows of the history that the affected periods of cases may look back to, for a view that serves incremental models: all of
  them as long as one of those is to be built from nothing. They are more than what is reported: its readers choose the periods.
  Attempts and workflows are dated from `first_date` on, cases by their opening from `first_opened_on` on.
-#}
{% macro in_affected_case_history(models, date_column, since='first_date') -%}
    {%- set history = ref('int_affected_case_history') -%}
    {%- if serves_full_builds(models) -%}
        true
    {%- else -%}
        {{ date_column }} >= (select coalesce(history.{{ since }}, date '9999-12-31') from {{ history }} as history)
    {%- endif -%}
{%- endmacro %}
