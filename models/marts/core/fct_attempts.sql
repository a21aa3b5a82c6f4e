-- grain: one row an attempt: one call to a model provider, the atom of cost
{{ config(materialized='view', meta={'touched_by': 'request_date'}) }}

-- Distinct, so that an engine sees that the join adds no row, and leaves it out where nobody asks for is_case_spend.
with cases as (

    select distinct ticket_id from {{ ref('fct_tickets') }}

),

attempts as (

    select
        costed.*,
        costed.is_reportable and cases.ticket_id is not null as is_case_spend
    from {{ ref('int_attempts_costed') }} as costed
    left join cases on costed.workflow_id = cases.ticket_id

)

select
    {{ attempt_key() }} as attempt_key,
    request_id,
    is_synthetic_request,
    attempt_id,
    attempt_number,
    attempt_index,
    is_retry,
    is_fallback,
    is_final,
    occurred_at,
    request_date,
    provider,
    model,
    priced_model,
    model_tier,
    service_tier,
    endpoint_tag,
    coalesce(endpoint_tag_alias, endpoint_tag) as endpoint_tag_as_sent,
    use_case,
    stage,
    prompt_version,
    user_id,
    tenant_id,
    workflow_id,
    workflow_kind,
    case when workflow_id is null then 'no_workflow_id' end as unattributed_reason,
    ticket_id,
    case when workflow_kind = 'conversation' then workflow_id else other_conversation_id end as conversation_id,
    queue,
    intent,
    {%- for count in token_counts() %}
    {{ count }},
    {%- endfor %}
    usage_source,
    latency_ms,
    status,
    status_as_sent,
    error_code,
    data_mode,
    environment,
    is_reportable,
    is_case_spend,
    turn_index,
    tool_name,
    tool_input_hash,
    retrieval_config,
    retrieval_top_k,
    retrieved_chunks,
    retrieval_hit,
    price_id,
    priced_cost_usd,
    reported_cost_usd,
    cost_usd,
    cost_source,
    waste_cost_usd,
    source_file
from attempts
