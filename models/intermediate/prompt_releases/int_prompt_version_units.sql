-- grain: one row a workflow and endpoint, assigned to the prompt version that it met first there
{{ config(materialized='table') }}

-- Requests of one case resemble each other, so the case, not the request, is what a test may count as one observation.
with attempts as (

    select
        *,
        attempt_index = 1 and is_final as is_only_attempt,
        {{ first_met_order() }} as first_met_order
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is not null
        and endpoint_tag is not null

),

workflows as (

    select * from {{ ref('fct_workflows') }}

),

cases as (

    select * from {{ ref('fct_tickets') }}

),

units as (

    select
        workflow_id,
        endpoint_tag,
        {{ first_met('prompt_version') }} as prompt_version,
        min(case when prompt_version is not null then occurred_at end) as first_met_at,
        count(distinct prompt_version) as versions_met,
        count(*) filter (where is_only_attempt)
        + count(distinct case when not is_only_attempt then request_id end) as requests,
        count(*) as attempts,
        -- NULL when nothing was observed; one part alone counts as it is
        cast(sum(
            case
                when coalesce(input_tokens, output_tokens) is not null
                    then coalesce(input_tokens, 0) + coalesce(output_tokens, 0)
            end
        ) as bigint) as tokens,
        -- One attempt of unknown cost makes the whole unit's cost unknown.
        case when count(*) = count(cost_usd) then {{ sum_usd('cost_usd') }} end as cost_usd
    from attempts
    group by
        workflow_id,
        endpoint_tag

)

select
    units.*,
    coalesce(workflows.intent, 'unknown') as intent,
    case when workflows.is_success then 1 else 0 end as resolved,
    -- Only outcomes that no longer change may enter a test on resolved cases.
    case
        when cases.ticket_id is null then workflows.completed_at is not null and workflows.is_success is not null
        when cases.is_resolved then cases.is_mature
        else cases.outcome not in ({{ quoted_words(open_outcomes() + ['unknown']) }})
    end as has_final_outcome
from units
inner join workflows on units.workflow_id = workflows.workflow_id
left join cases on units.workflow_id = cases.ticket_id
where units.prompt_version is not null
