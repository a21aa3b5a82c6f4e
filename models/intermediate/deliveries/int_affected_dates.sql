-- grain: one row a UTC date that this run rebuilds from raw: the dates of what is new and of what it repeats or changes
{{ config(materialized='table') }}
{%- set history = previous_build('int_attempts_attributed') %}
{%- set requests_before = previous_build('int_request_dates') %}
{%- set repeated_before = previous_build('int_deliveries_repeated') %}
{%- set file_dates_before = previous_build('int_file_dates') %}

with new_deliveries as (

    select * from {{ ref('int_deliveries_new') }}

),

affected as (

    select event_date from new_deliveries
    {%- if requests_before is not none %}

    union

    -- attempts of the same request, whose order or redelivery the new event changes
    select request_date as event_date
    from {{ requests_before }}
    where request_hash in (select new_deliveries.request_hash from new_deliveries)
    {%- endif %}
    {%- if repeated_before is not none %}

    union

    select event_date
    from {{ repeated_before }}
    where request_hash in (select new_deliveries.request_hash from new_deliveries)
    {%- endif %}

    {%- if file_dates_before is not none and raw_table_origin('llm_requests') == 'landing' %}

    union

    -- what a file that has changed held before
    select event_date
    from {{ file_dates_before }}
    where source_file in (select new_deliveries.source_file from new_deliveries)
    {%- endif %}

    union

    select request_date as event_date from {{ ref('int_dates_of_changed_references') }}

    union

    select request_date as event_date from {{ ref('int_dates_of_new_prices') }}

)

select
    event_date,
    (select max(new_deliveries.ingested_at) from new_deliveries) as seen_through,
    -- Nothing is recorded as loaded before the first run that succeeded to the end, so everything is new until then.
    {{ 'true' if history is none else 'false' }}
    or not exists (
        select loaded.raw_table
        from {{ source('raw_input', 'loaded_through') }} as loaded
    ) as is_whole_history
from affected
