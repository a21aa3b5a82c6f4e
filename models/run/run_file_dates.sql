-- grain: one row a source file and a UTC date that telemetry events of it have had
{{ config(materialized='incremental', incremental_strategy='append') }}

with found as (

    select distinct
        source_file,
        event_date
    from {{ ref('int_deliveries_new') }}

)

select *
from found
{% if is_incremental() -%}
where
    {{ joined_text(['source_file', 'event_date']) }} not in (
        select {{ joined_text(['known.source_file', 'known.event_date']) }}
        from {{ this }} as known
    )
{%- endif %}
