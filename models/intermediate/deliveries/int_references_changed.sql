-- grain: one row a key of a reference whose value is not the one that the last run left in the facts and rollups
{{ config(materialized='table') }}
{%- set applied = previous_build('int_references_applied') %}

with current_references as (

    select * from {{ ref('int_references_keyed') }}

)
{%- if applied is not none %}

select
    coalesce(now_valid.reference_table, before.reference_table) as reference_table,
    coalesce(now_valid.reference_key, before.reference_key) as reference_key
from current_references as now_valid
full outer join {{ applied }} as before
    on
        now_valid.reference_table = before.reference_table
        and now_valid.reference_key = before.reference_key
where coalesce(now_valid.reference_value, '~') <> coalesce(before.reference_value, '~')
{%- else %}

-- There is nothing yet that could be outdated.
select
    reference_table,
    reference_key
from current_references
where false
{%- endif %}
