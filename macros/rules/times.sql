{#-
  Which times of a row can be believed: those up to a day after it was loaded. That is said by its own ingested_at, else by the last change
  of its file. A table has no file, so its rows have no bound but their own. It is a property of the row, not of the day on which it is read.
-#}

{#- The last moment that a row can tell of; NULL where nothing bounds it. -#}
{% macro believable_until(ingested_at, modified_at) -%}
    coalesce({{ ingested_at }}, {{ written_at(modified_at) }}) + interval '1' day
{%- endmacro %}

{#- When a file was written; NULL where that was not kept: archives and images unpack files of 1970 and 1980. -#}
{% macro written_at(modified_at) -%} case when {{ modified_at }} >= timestamp '2000-01-01' then {{ modified_at }} end {%- endmacro %}

{#- The times of a raw table. -#}
{% macro times_of(raw_table) -%}
    {%- set times = [] -%}
    {%- for field, kind in typed_fields(raw_table).items() if kind == 'time' -%} {%- do times.append(field) -%} {%- endfor -%}
    {{- return(times) -}}
{%- endmacro %}

{#- Versions of a raw table, as a relation, with the last moment that their times can tell of. -#}
{% macro bounded_versions(raw_table, versions) -%}
    {%- set ingested_at = 'sent.ingested_at' if 'ingested_at' in times_of(raw_table) else 'cast(null as timestamp)' -%}
    (
        select
            sent.*,
            {{ believable_until(ingested_at, 'files.modified_at') }} as believable_until
        from {{ versions }} as sent
        left join {{ modified_files(raw_table) }} as files on sent.source_file = files.source_file
    )
{%- endmacro %}

{#- Whether a time of bounded_versions() cannot be believed. -#}
{% macro is_beyond_belief(time) -%} coalesce({{ time }} > believable_until, false) {%- endmacro %}

{#- Versions whose times that cannot be believed are read as those that cannot be read: NULL, and among unreadable_fields. -#}
{% macro believed_versions(raw_table, versions, fields) -%}
select
    {%- for field in fields %}
    {%- if field in times_of(raw_table) %}
    case when not {{ is_beyond_belief(field) }} then {{ field }} end as {{ field }},
    {%- elif field == 'unreadable_fields' %}
    nullif(concat_ws(
        ', ', unreadable_fields
        {%- for time in times_of(raw_table) %}, case when {{ is_beyond_belief(time) }} then '{{ time }}' end {%- endfor %}
    ), '') as unreadable_fields,
    {%- else %}
    {{ field }},
    {%- endif %}
    {%- endfor %}
    source_file,
    place
from {{ bounded_versions(raw_table, versions) }} as versions
{%- endmacro %}

{#- unreadable_values() of bounded_versions(), with their times that cannot be believed. NULL where all can be read and believed. -#}
{% macro values_beyond_belief(raw_table) -%}
    nullif(concat_ws(
        {{ unreadable_separator() }}, unreadable_values
        {%- for time in times_of(raw_table) %},
        case when {{ is_beyond_belief(time) }} then concat('{{ time }}: ', cast({{ time }} as {{ type_text() }})) end
        {%- endfor %}
    ), '')
{%- endmacro %}
