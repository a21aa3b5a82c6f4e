-- grain: one row a key of a reference, with the value that the facts and their rollups carry
-- depends_on: {{ ref('fct_attempts') }}
-- depends_on: {{ ref('int_attribution_days') }}
-- depends_on: {{ ref('fct_tickets') }}
-- depends_on: {{ ref('int_unit_economics_days') }}
-- depends_on: {{ ref('int_spend_bridge_days') }}
-- depends_on: {{ ref('int_prompt_version_moments') }}
-- depends_on: {{ ref('int_usage_days') }}
-- depends_on: {{ ref('spend_change_drivers') }}
-- depends_on: {{ ref('stage_costs') }}
{{ config(materialized='table') }}

select
    reference_table,
    reference_key,
    reference_value
from {{ ref('int_references_keyed') }}
