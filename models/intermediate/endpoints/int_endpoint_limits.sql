-- grain: one row a canonical endpoint tag, with what its calls may use: tokens of an answer, the highest model tier
with endpoints as (

    select * from {{ ref('dim_endpoints') }}

),

risk_levels as (

    select * from {{ ref('stg_reference__risk_levels') }}

)

select
    endpoints.endpoint_tag,
    endpoints.risk_level,
    endpoints.output_token_cap,
    risk_levels.max_model_tier
from endpoints
left join risk_levels on endpoints.risk_level = risk_levels.risk_level
