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
    {{ stored_attempt_key() }} as attempt_key,
    request_id,
    reused_request_id,
    is_synthetic_request,
    attempt_id,
    attempt_number,
    attempt_index,
    is_retry,
    is_fallback,
    is_final,
    is_after_success,
    occurred_at,
    request_date,
    provider,
    model,
    priced_provider,
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
    {{ is_truncated('status_as_sent') }} as is_truncated,
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
    {%- for field in cost_fields() %}
    {{ field }},
    {%- endfor %}
    {{ reported_cost_status() }} as reported_cost_status,
    {{ masked_value('unreadable_value') }} as unreadable_value,
    agent_name,
    parent_request_id,
    trace_id,
    source_system,
    source_file,
    known_on
from attempts
