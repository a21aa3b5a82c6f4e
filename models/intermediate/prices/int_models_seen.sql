-- grain: one row a provider, model and service tier that telemetry has named (no tier named is the standard tier)
{{ config(materialized='incremental', incremental_strategy='append') }}

with named as (

    select distinct
        provider,
        model,
        coalesce(service_tier, 'standard') as service_tier
    from {{ ref('int_deliveries_new') }}
    where
        provider is not null
        and model is not null

)

select *
from named
{% if is_incremental() -%}
where
    {{ joined_text(['provider', 'model', 'service_tier']) }} not in (
        select {{ joined_text(['known.provider', 'known.model', 'known.service_tier']) }}
        from {{ this }} as known
    )
{%- endif %}
