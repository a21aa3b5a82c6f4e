{#-
  Tickets and outcomes arrive in versions, in any order and more than once; the newest stands: by its own moments, then by its place, in
  files the one that was modified last, then its path, then the later line. A table has no places: there, and where a file has no lines,
  the content decides. Never the run: what it gives is what it gives over everything.
-#}
{% macro newest_version(key, moments, fields) -%}
    partition by versions.{{ key }}
    order by
        {%- for moment in moments %}
        versions.{{ moment }} desc nulls last,
        {%- endfor %}
        files.modified_at desc nulls last,
        versions.source_file desc,
        versions.place desc nulls last,
        {{ version_hash(fields | reject('in', [key] + moments) | list) }} desc
{%- endmacro %}

{#-
  The fields of a version, with what is known of all versions of its key: one whose own moment was given and cannot be read may be the
  newest, so that every other one has that moment among its unreadable_fields too. What is kept of a run still says so in the next.
-#}
{% macro fields_of_all_versions(key, moment, fields) -%}
    {%- set is_unreadable = has_unreadable('versions.unreadable_fields', [moment]) -%}
    {%- for field in fields -%}
        {%- if field == 'unreadable_fields' -%}
            case
                when {{ is_unreadable }} then versions.unreadable_fields
                when max(case when {{ is_unreadable }} then 1 else 0 end) over (partition by versions.{{ key }}) = 1
                    then concat_ws(', ', versions.unreadable_fields, '{{ moment }}')
                else versions.unreadable_fields
            end as unreadable_fields
        {%- else -%} versions.{{ field }} {%- endif -%}
        {{- ', ' if not loop.last -}}
    {%- endfor -%}
{%- endmacro %}

{#-
  The place of a row in its file, as far as it orders the rows of one file: its line where that is known, else the order in which it is
  read, which without a partition is that of the file. Above all filters, so that it keeps no file from being left out.
-#}
{% macro place_in_file(raw_table) -%}
    {%- if raw_table_origin(raw_table) == 'landing' -%} coalesce(source_line, row_number() over ())
    {%- else -%} cast(null as bigint)
    {%- endif -%}
{%- endmacro %}

{#- When each file of a raw table was modified last; no row of what is no folder. -#}
{% macro modified_files(raw_table) -%}
    (
        select
            listed.source_file,
            listed.modified_at
        from {{ ref('stg_landing__files') }} as listed
        where listed.raw_table = '{{ raw_table }}'
    )
{%- endmacro %}

{#-
  The newest version of every key of a CTE of versions. Nearly every key has one: with the others apart, neither a window
  nor a hash runs over everything. The end of a model; the CTE is the last one before it.
-#}
{% macro newest_versions(raw_table, versions, key, moments, fields) -%}
believed as (

    {{ believed_versions(raw_table, versions, fields) }}

),

repeated as (

    select {{ key }}
    from believed
    group by {{ key }}
    having count(*) > 1

)

select {{ fields | join(', ') }}
from believed
where {{ key }} not in (select repeated.{{ key }} from repeated)

union all

select versions.{{ fields | join(', versions.') }}
from (
    select
        {{ fields_of_all_versions(key, moments[0], fields) }},
        versions.source_file,
        versions.place
    from believed as versions
    where versions.{{ key }} in (select repeated.{{ key }} from repeated)
) as versions
left join {{ modified_files(raw_table) }} as files on versions.source_file = files.source_file
qualify row_number() over ({{ newest_version(key, moments, fields) }}) = 1
{%- endmacro %}

{#-
  Keys whose newest version is not the one of `kept`, the table of newest versions as the last run left it, or that have none any more
  (`is_gone`). `first_date`: the first date under which a version of the key is known, or NULL. A whole run compares nothing.
  A table is read whole, and what it no longer has is gone. Of files, versions in new ones compete with what is known; where that cannot
  be decided by their moments, because what is known has lost its place, the key is looked for in every file that has had it, and so are
  the keys that a rewritten or removed file had. When it was loaded makes no other version of what says the same.
-#}
{% macro changed_versions(raw_table, staged, kept, key, moments, date_column, fields) -%}
{%- set said = fields | reject('equalto', 'ingested_at') | list -%}
{%- set moment = moments[0] -%}
{%- if run_is_whole() -%}
select
    {{ fields | join(', ') }},
    cast({{ date_column }} as date) as first_date,
    false as is_gone
from {{ staged }}
where false
{%- else -%}
{%- set is_read_whole = raw_table_origin(raw_table) != 'landing' -%}
with {% if not is_read_whole -%}
sent_in_new_files as (

    select {{ fields | join(', ') }}, source_file, {{ place_in_file(raw_table) }} as place from {{ staged }}
    where
        corrupt_record is null
        and {{ key }} is not null
        and {{ in_run_files('new_files') }}

),

in_new_files as (

    {{ believed_versions(raw_table, 'sent_in_new_files', fields) }}

),

rewritten as (

    select distinct holders.key_hash
    from {{ ref('run_version_files') }} as holders
    where
        holders.raw_table = '{{ raw_table }}'
        and holders.source_file in ({{ rewritten_files() }})

    union

    -- those of one moment that say something else
    select versions.key_hash
    from (
        select
            {{ key }},
            {{ moment }},
            {{ narrowing_hash(key) }} as key_hash,
            {{ version_hash(said) }} as version_hash
        from in_new_files
    ) as versions
    inner join (
        select
            {{ key }},
            {{ moment }},
            {{ version_hash(said) }} as version_hash
        from {{ kept }}
        where {{ key }} in (select in_new_files.{{ key }} from in_new_files)
    ) as known_versions
        on
            versions.{{ key }} = known_versions.{{ key }}
            and versions.{{ moment }} is not distinct from known_versions.{{ moment }}
            and versions.version_hash <> known_versions.version_hash

),

-- What else holds versions of these keys.
holding_files as (

    select distinct holders.source_file
    from {{ ref('run_version_files') }} as holders
    where
        holders.raw_table = '{{ raw_table }}'
        and holders.key_hash in (select rewritten.key_hash from rewritten)
        and not {{ in_run('holders.source_file', 'new_files') }}

),

{% endif -%}
{% if is_read_whole -%}
sent as (

    select {{ fields | join(', ') }}, source_file, {{ place_in_file(raw_table) }} as place from {{ staged }}
    where
        corrupt_record is null
        and {{ key }} is not null

),

delivered as (

    {{ believed_versions(raw_table, 'sent', fields) }}

),

known as (

    select {{ fields | join(', ') }} from {{ kept }}

),

{% else -%}
-- Two reads, each with a list of files of its own: one with both in an OR would read every file of history.
sent_in_holding_files as (

    select {{ fields | join(', ') }}, source_file, {{ place_in_file(raw_table) }} as place from {{ staged }}
    where
        corrupt_record is null
        and {{ narrowing_hash(key) }} in (select rewritten.key_hash from rewritten)
        and source_file in (select holding_files.source_file from holding_files)
        and source_file >= (select coalesce(min(holding_files.source_file), {{ after_every_text() }}) from holding_files)

),

delivered as (

    select * from in_new_files

    union all

    {{ believed_versions(raw_table, 'sent_in_holding_files', fields) }}

),

known as (

    select {{ fields | join(', ') }} from {{ kept }}
    where {{ key }} in (select delivered.{{ key }} from delivered)

    union

    select {{ fields | join(', ') }} from {{ kept }}
    where {{ narrowing_hash(key) }} in (select rewritten.key_hash from rewritten)

),

{% endif -%}
newest as (

    select
        versions.*,
        {{ version_hash(said) }} as version_hash
    from (
        select
            {{ fields_of_all_versions(key, moment, fields) }},
            versions.source_file,
            versions.place
        from (
            select * from delivered
            {%- if not is_read_whole %}
            union all
            select
                *,
                cast(null as {{ type_text() }}) as source_file,
                cast(null as bigint) as place
            from known
            where {{ narrowing_hash(key) }} not in (select rewritten.key_hash from rewritten)
            {%- endif %}
        ) as versions
    ) as versions
    left join {{ modified_files(raw_table) }} as files on versions.source_file = files.source_file
    qualify row_number() over ({{ newest_version(key, moments, fields) }}) = 1

),

dated as (

    select
        {{ key }},
        min(cast({{ date_column }} as date)) as first_date
    from (
        select
            {{ key }},
            {{ date_column }}
        from delivered
        union all
        select
            {{ key }},
            {{ date_column }}
        from known
    ) as versions
    group by {{ key }}

)

select
    {%- for field in fields %}
    newest.{{ field }},
    {%- endfor %}
    dated.first_date,
    false as is_gone
from newest
inner join dated on newest.{{ key }} = dated.{{ key }}
where
    newest.version_hash not in (
        select {{ version_hash(said) }}
        from known
    )
    -- What that run took in is the newest version by now, and has not reached the facts.
    or {{ last_run_broke_off() }}

union all

select
    known.*,
    cast(known.{{ date_column }} as date) as first_date,
    true as is_gone
from known
where known.{{ key }} not in (select newest.{{ key }} from newest)
{%- endif %}
{%- endmacro %}

{% macro version_hash(fields) -%} md5({{ joined_text(fields) }}) {%- endmacro %}

{% macro ticket_fields() -%}
    {{- return([
        'ticket_id', 'tenant_id', 'merged_into_ticket_id', 'channel', 'queue', 'intent', 'project', 'status', 'opened_at',
        'first_resolved_at', 'last_resolved_at', 'closed_at', 'last_reopened_at', 'escalated_at', 'human_requested_at',
        'first_human_reply_at', 'last_customer_message_at', 'updated_at', 'reopen_count', 'human_public_replies',
        'bot_public_replies', 'csat', 'handle_minutes', 'customer_confirmed', 'is_spam', 'is_test', 'last_bot_reply_at',
        'last_human_reply_at', 'requester_id', 'follow_up_of_ticket_id', 'resolved_by', 'exclusion_reason', 'vendor_outcome',
        'quality_verdict', 'priority', 'ingested_at', 'source_system', 'unreadable_fields'
    ]) -}}
{%- endmacro %}

{% macro workflow_outcome_fields() -%}
    {{- return([
        'workflow_id', 'use_case', 'outcome', 'is_success', 'tenant_id', 'started_at', 'completed_at', 'value_usd',
        'unreadable_fields'
    ]) -}}
{%- endmacro %}
