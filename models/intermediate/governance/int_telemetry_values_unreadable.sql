-- grain: one row a UTC date and a field of telemetry with values that cannot be read
{{ config(materialized='incremental', unique_key='event_date') }}

with rows_with_some as (

    select
        event_date,
        unreadable_values
    from {{ ref('int_deliveries_read') }}
    where unreadable_values is not null

)

{{ unreadable_values_by('rows_with_some', ['event_date']) }}
