-- grain: one row a raw file that this run reads: for its telemetry of affected dates, or for the rows that it rejects
-- depends_on: {{ source('raw_input', 'landing_files') }}
-- depends_on: {{ source('raw_input', 'loaded_files') }}
-- depends_on: {{ ref('stg_helpdesk__tickets') }}
-- depends_on: {{ ref('stg_applications__workflow_outcomes') }}
-- depends_on: {{ ref('stg_billing__provider_invoices') }}
{{ config(materialized='table') }}
{%- set rejected_before = previous_build('int_rows_rejected') %}

select files.source_file
from {{ ref('int_file_dates') }} as files
inner join {{ ref('int_affected_dates') }} as affected on files.event_date = affected.event_date
{%- for raw_table, (staged, key_columns) in keyed_raw_tables().items() %}

union

{% if raw_table_origin(raw_table) == 'landing' -%}
select source_file
from {{ source('raw_input', 'landing_files') }}
where
    raw_table = '{{ raw_table }}'
    and {{ is_in_new_file(raw_table) }}
{%- else -%}
-- A table may be updated anywhere.
select source_file from {{ ref(staged) }}
{%- endif %}
{%- endfor %}
{%- if rejected_before is not none %}

union

-- files that are gone
select source_file
from {{ rejected_before }}
where source_file not in (select listed.source_file from {{ source('raw_input', 'landing_files') }} as listed)
{%- endif %}
