-- grain: one row a canonical endpoint tag
select
    taxonomy.canonical_tag as endpoint_tag,
    taxonomy.use_case,
    taxonomy.stage,
    taxonomy.owner,
    taxonomy.escalation_path,
    taxonomy.risk_level,
    taxonomy.is_public,
    taxonomy.output_token_cap,
    taxonomy.stage_cost_cap_usd,
    tool_caps.calls_per_workflow as tool_call_cap,
    tool_caps.output_tokens_per_call as tool_output_token_cap
from {{ ref('stg_reference__endpoint_taxonomy') }} as taxonomy
left join {{ ref('stg_reference__tool_caps') }} as tool_caps on taxonomy.canonical_tag = tool_caps.endpoint_tag
where taxonomy.tag = taxonomy.canonical_tag
