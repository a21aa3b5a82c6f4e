-- grain: one row a support case: a ticket, or a conversation that never became one
-- depends_on: {{ ref('run_cases') }}
{{ config(materialized='incremental', unique_key='ticket_id', meta={'in_run': 'cases'}) }}

with tickets as (

    select * from {{ ref('int_tickets_judged') }}

),

workflows as (

    select * from {{ ref('int_workflows_costed') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

)

select
    coalesce(tickets.ticket_id, workflows.workflow_id) as ticket_id,
    tickets.ticket_id is not null as is_in_helpdesk,
    coalesce(workflows.workflow_kind, 'ticket') as workflow_kind,
    coalesce(tickets.tenant_id, workflows.tenant_id) as tenant_id,
    tickets.channel,
    coalesce(tickets.queue, workflows.queue) as queue,
    coalesce(tickets.intent, workflows.intent) as intent,
    tickets.project,
    tickets.status,
    coalesce(tickets.opened_at, workflows.started_at) as opened_at,
    tickets.resolved_at,
    coalesce(tickets.outcome, 'unknown') as outcome,
    definition.outcome_definition,
    coalesce(workflows.attempts > 0, false) and coalesce(tickets.outcome, 'unknown') <> 'excluded' as is_handled,
    coalesce(tickets.is_resolved, false) as is_resolved,
    case when tickets.ticket_id is null then false else tickets.is_deflected end as is_deflected,
    tickets.is_escalated,
    coalesce(tickets.is_mature, false) as is_mature,
    case
        when tickets.ticket_id is null then 'unknown'
        else {{ automation_class('workflows.attempts') }}
    end as automation_class,
    tickets.csat,
    tickets.handle_minutes,
    tickets.merged_into_ticket_id,
    coalesce(tickets.is_in_merge_cycle, false) as is_in_merge_cycle,
    {{ known_cost('workflows.cost_usd', 'workflows.attempts') }} as cost_usd,
    coalesce(workflows.requests, 0) as requests,
    coalesce(workflows.attempts, 0) as attempts,
    coalesce(workflows.retries, 0) as retries,
    coalesce(workflows.unpriced_attempts, 0) as unpriced_attempts,
    workflows.started_at as first_attempt_at,
    workflows.last_attempt_at,
    workflows.first_prompt_version,
    workflows.tenant_id as attempt_tenant_id,
    tickets.source_system,
    tickets.status_category,
    tickets.priority,
    tickets.requester_id,
    tickets.follow_up_of_ticket_id,
    {%- for time in times_of_tickets() if time != 'opened_at' %}
    tickets.{{ time }},
    {%- endfor %}
    tickets.reopen_count,
    tickets.human_public_replies,
    tickets.bot_public_replies,
    tickets.customer_confirmed,
    tickets.quality_verdict,
    tickets.vendor_outcome,
    tickets.resolved_by,
    tickets.exclusion_reason,
    tickets.unreadable_fields,
    tickets.has_bot_reply,
    tickets.has_person,
    tickets.are_replies_unknown,
    tickets.is_transferred,
    tickets.waiting_on,
    tickets.returned_after_maturity,
    tickets.returned_at,
    tickets.return_outcome,
    tickets.return_resolved_at,
    tickets.is_earlier_resolution_unknown,
    tickets.is_assumed_without_reply_time,
    tickets.is_undated_resolution,
    tickets.judge_again_at
from tickets
full outer join workflows on tickets.ticket_id = workflows.workflow_id
cross join definition
where
    tickets.ticket_id is not null
    or workflows.use_case = 'support'
