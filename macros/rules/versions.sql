{#-
  Tickets and outcomes arrive in versions, in any order and more than once; the newest stands. Two versions of the same
  moment: the content decides, so that the order of arrival does not. The same rule over what was kept and what is new
  gives what it gives over everything, so a run looks at new versions only.
-#}
{% macro newest_version(key, moment, fields) -%}
    partition by {{ key }}
    order by {{ moment }} desc nulls last, {{ version_hash(fields | reject('in', [key, moment]) | list) }} desc
{%- endmacro %}

{#-
  The newest version of every key of a CTE of versions. Nearly every key has one: with the others apart, neither a window
  nor a hash runs over everything. The end of a model; the CTE is the last one before it.
-#}
{% macro newest_versions(versions, key, moment, fields) -%}
repeated as (

    select {{ key }}
    from {{ versions }}
    group by {{ key }}
    having count(*) > 1

)

select {{ fields | join(', ') }}
from {{ versions }}
where {{ key }} not in (select repeated.{{ key }} from repeated)

union all

select {{ fields | join(', ') }}
from {{ versions }}
where {{ key }} in (select repeated.{{ key }} from repeated)
qualify row_number() over ({{ newest_version(key, moment, fields) }}) = 1
{%- endmacro %}

{#-
  Keys whose newest version is not the one of `kept`, the table of newest versions as the last run left it, or that have none any more
  (`is_gone`). `first_date`: the first date under which a version of the key is known, or NULL. A whole run compares nothing.
  A table is read whole, and what it no longer has is gone. Of files, versions in new ones compete with what is known; the keys that a
  rewritten or removed file had are looked for in every file that has had them.
-#}
{% macro changed_versions(raw_table, staged, kept, key, moment, date_column, fields) -%}
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
rewritten as (

    select distinct holders.key_hash
    from {{ ref('run_version_files') }} as holders
    where
        holders.raw_table = '{{ raw_table }}'
        and holders.source_file in ({{ rewritten_files() }})

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
delivered as (

    select {{ fields | join(', ') }} from {{ staged }}
    where
        corrupt_record is null
        and {{ key }} is not null

),

known as (

    select {{ fields | join(', ') }} from {{ kept }}

),

{% else -%}
-- Two reads, each with a list of files of its own: one with both in an OR would read every file of history.
delivered as (

    select {{ fields | join(', ') }} from {{ staged }}
    where
        corrupt_record is null
        and {{ key }} is not null
        and {{ in_run_files('new_files') }}

    union all

    select {{ fields | join(', ') }} from {{ staged }}
    where
        corrupt_record is null
        and {{ narrowing_hash(key) }} in (select rewritten.key_hash from rewritten)
        and source_file in (select holding_files.source_file from holding_files)
        and source_file >= (select coalesce(min(holding_files.source_file), {{ after_every_text() }}) from holding_files)

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
        *,
        {{ version_hash(fields) }} as version_hash
    from (
        select * from delivered
        {%- if not is_read_whole %}
        union all
        select * from known
        where {{ narrowing_hash(key) }} not in (select rewritten.key_hash from rewritten)
        {%- endif %}
    ) as versions
    qualify row_number() over ({{ newest_version(key, moment, fields) }}) = 1

),

dated as (

    select
        {{ key }},
        min(cast({{ date_column }} as date)) as first_date
    from (
        select * from delivered
        union all
        select * from known
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
        select {{ version_hash(fields) }}
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
        'bot_public_replies', 'csat', 'handle_minutes', 'customer_confirmed', 'is_spam', 'is_test'
    ]) -}}
{%- endmacro %}

{% macro workflow_outcome_fields() -%}
    {{- return([
        'workflow_id', 'use_case', 'outcome', 'is_success', 'tenant_id', 'started_at', 'completed_at', 'value_usd'
    ]) -}}
{%- endmacro %}
