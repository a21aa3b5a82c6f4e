-- grain: one row a provider, model and service tier that telemetry has named
-- No tier named is the standard tier, no provider the empty text.
{{ config(materialized='incremental', incremental_strategy='append') }}

with named as (

    select distinct
        coalesce(provider, '') as provider,
        model,
        coalesce(service_tier, 'standard') as service_tier
    from {{ ref('int_deliveries_new') }}
    where model is not null

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
