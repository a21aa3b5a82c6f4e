-- grain: one row a workflow and endpoint that this run compares, assigned to the prompt version that it met first there

-- Requests of one case resemble each other, so the case, not the request, is what a test may count as one observation.
with stage_days as (

    select * from {{ ref('int_workflow_stage_days') }}
    where
        endpoint_tag <> 'unknown'
        and endpoint_tag in (select affected.endpoint_tag from {{ ref('int_affected_releases') }} as affected)
        -- What ended before the first window began met its version before it too.
        and request_date >= (
            select coalesce(min(cast(recent.started_at as date)), date '9999-12-31')
            from {{ ref('fct_workflows') }} as recent
            where recent.last_attempt_at >= (
                select
                    coalesce(min(releases.released_at), timestamp '9999-12-31')
                    - interval '{{ var("regression_window_days") }}' day
                from {{ ref('int_prompt_releases_dated') }} as releases
                inner join {{ ref('int_affected_releases') }} as affected
                    on
                        releases.endpoint_tag = affected.endpoint_tag
                        and releases.prompt_version = affected.prompt_version
            )
        )

),

workflows as (

    select * from {{ ref('fct_workflows') }}

),

units as (

    select
        workflow_id,
        endpoint_tag,
        {{ first_met('prompt_version', first_met_order('prompt_version', 'first_met_at')) }} as prompt_version,
        min(case when prompt_version is not null then first_met_at end) as first_met_at,
        -- By their hashes: two more aggregates of text would cost more than all the sums.
        case
            when min({{ hash_key('prompt_version') }}) < max({{ hash_key('prompt_version') }}) then 2
            else 1
        end as versions_met,
        cast(sum(requests) as bigint) as requests,
        cast(sum(attempts) as bigint) as attempts,
        {{ all_tokens(whole_sum('input_tokens'), whole_sum('output_tokens')) }} as tokens,
        -- One attempt of unknown cost makes the whole unit's cost unknown.
        case when sum(unpriced_attempts) = 0 then {{ sum_usd('cost_usd') }} end as cost_usd
    from stage_days
    group by
        workflow_id,
        endpoint_tag

)

select
    units.*,
    coalesce(workflows.intent, 'unknown') as intent,
    case when workflows.is_success then 1 else 0 end as resolved,
    workflows.has_final_outcome
from units
inner join workflows on units.workflow_id = workflows.workflow_id
where units.prompt_version is not null
