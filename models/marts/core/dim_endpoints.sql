-- grain: one row a canonical endpoint tag
select
    canonical_tag as endpoint_tag,
    use_case,
    stage,
    owner,
    escalation_path,
    risk_level,
    is_public,
    output_token_cap,
    stage_cost_cap_usd
from {{ ref('stg_reference__endpoint_taxonomy') }}
where tag = canonical_tag
