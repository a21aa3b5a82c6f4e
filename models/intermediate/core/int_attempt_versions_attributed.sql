-- grain: one row a version of an attempt on the dates that this run rebuilds: its price row, tenant, workflow and scope

with attempts as (

    select * from {{ ref('int_attempts_priced') }}

),

taxonomy as (

    select * from {{ ref('stg_reference__endpoint_taxonomy') }}

),

tenant_users as (

    select * from {{ ref('stg_reference__tenant_users') }}

),

model_tiers as (

    select * from {{ ref('stg_reference__model_tiers') }}

),

merged_tickets as (

    select * from {{ ref('int_tickets_merged') }}

),

-- Tenants of users are looked up by ids as they were sent; from here on ids are what marts show.
with_tenants as (

    select
        attempts.*,
        {{ shown_id('attempts.user_id', is_person=true) }} as shown_user_id,
        coalesce(attempts.tenant_id, tenant_users.tenant_id) as sent_tenant_id
    from attempts
    left join tenant_users on attempts.user_id = tenant_users.user_id

),

with_shown_tenants as (

    select
        *,
        {{ shown_id('sent_tenant_id') }} as shown_tenant_id
    from with_tenants

),

shown as (

    select
        *,
        {{ shown_id('ticket_id', kept_apart_by='shown_tenant_id') }} as shown_ticket_id,
        {{ shown_id('conversation_id', kept_apart_by='shown_tenant_id') }} as shown_conversation_id,
        {{ shown_id('workflow_id', kept_apart_by='shown_tenant_id') }} as shown_workflow_id
    from with_shown_tenants

),

resolved as (

    select
        attempts.*,
        coalesce(taxonomy.canonical_tag, attempts.endpoint_tag) as canonical_endpoint_tag,
        taxonomy.use_case,
        coalesce(attempts.stage, taxonomy.stage) as resolved_stage,
        model_tiers.model_tier,
        coalesce(
            merged_tickets.merged_ticket_id,
            attempts.shown_ticket_id,
            attempts.shown_conversation_id,
            attempts.shown_workflow_id
        ) as resolved_workflow_id,
        case
            when attempts.ticket_id is not null or merged_tickets.ticket_id is not null then 'ticket'
            when attempts.conversation_id is not null then 'conversation'
            when attempts.workflow_id is not null then 'workflow'
        end as workflow_kind,
        {{ attempt_status('attempts.status_as_sent') }} as status,
        {{ is_reportable('attempts.data_mode', 'attempts.environment') }} as is_reportable
    from shown as attempts
    left join taxonomy on attempts.endpoint_tag = taxonomy.tag
    left join model_tiers
        on
            attempts.priced_provider = model_tiers.provider
            and attempts.priced_model = model_tiers.model
    left join merged_tickets
        on
            coalesce(attempts.shown_ticket_id, attempts.shown_conversation_id, attempts.shown_workflow_id)
            = merged_tickets.ticket_id

)

-- What follows from these columns is no column of its own, so that history is stored once: fct_attempts adds it.
select
    request_id,
    reused_request_id,
    external_request_id is null as is_synthetic_request,
    attempt_id,
    attempt_number,
    case when attempt_id is null and attempt_number is null then attempt_key end as unnamed_attempt_key,
    attempt_index,
    is_fallback,
    is_final,
    is_after_success,
    occurred_at,
    event_date as request_date,
    provider,
    model,
    priced_provider,
    priced_model,
    model_tier,
    service_tier,
    canonical_endpoint_tag as endpoint_tag,
    case when endpoint_tag <> canonical_endpoint_tag then endpoint_tag end as endpoint_tag_alias,
    use_case,
    resolved_stage as stage,
    prompt_version,
    shown_user_id as user_id,
    shown_tenant_id as tenant_id,
    resolved_workflow_id as workflow_id,
    workflow_kind,
    shown_ticket_id as ticket_id,
    case when workflow_kind <> 'conversation' then shown_conversation_id end as other_conversation_id,
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
    turn_index,
    tool_name,
    tool_input_hash,
    retrieval_config,
    retrieval_top_k,
    retrieved_chunks,
    retrieval_hit,
    price_id,
    priced_cost_usd,
    counted_cost_usd as reported_cost_usd,
    {%- for field in cost_fields() %}
    {{ field }},
    {%- endfor %}
    unreadable_value,
    agent_name,
    parent_request_id,
    trace_id,
    source_system,
    source_file,
    known_on,
    replaced_on
from resolved
