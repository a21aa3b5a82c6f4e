-- grain: one row a UTC date and a field of telemetry with values that cannot be read
-- depends_on: {{ ref('run_dates') }}
{{ config(materialized='incremental', unique_key='event_date') }}

with rows_with_some as (

    select
        event_date,
        concat_ws({{ unreadable_separator() }}, unreadable_values, unbelievable_loading) as unreadable_values
    from {{ ref('int_deliveries_validated') }}
    where
        (unreadable_values is not null or unbelievable_loading is not null)
        and {{ in_run_files('files') }}
        and {{ in_run('event_date', 'dates') }}

)

{{ unreadable_values_by('rows_with_some', ['event_date']) }}
