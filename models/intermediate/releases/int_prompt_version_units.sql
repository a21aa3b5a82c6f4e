-- grain: one row a workflow and endpoint that this run compares, assigned to the prompt version that it met first there

-- Requests of one case resemble each other, so the case, not the request, is what a test may count as one observation.
-- The days are named in each place that reads them: one CTE for all would hold them in memory.
with repeated as (

    select
        workflow_id,
        endpoint_tag
    from {{ ref('int_stage_days_compared') }}
    group by
        workflow_id,
        endpoint_tag
    having count(*) > 1

),

workflows as (

    select * from {{ ref('fct_workflows') }}
    where {{ since_run_began('last_attempt_at', 'compared_from') }}

),

-- Most units have one stage, version and date; they need no grouping.
of_one_row as (

    select
        stage_days.workflow_id,
        stage_days.endpoint_tag,
        stage_days.prompt_version,
        stage_days.first_met_at,
        1 as versions_met,
        stage_days.requests,
        stage_days.attempts,
        stage_days.unpriced_attempts,
        stage_days.input_tokens,
        stage_days.output_tokens,
        stage_days.cost_usd
    from {{ ref('int_stage_days_compared') }} as stage_days
    left join repeated
        on
            stage_days.workflow_id = repeated.workflow_id
            and stage_days.endpoint_tag = repeated.endpoint_tag
    where repeated.workflow_id is null

),

stage_days_repeated as (

    select stage_days.*
    from {{ ref('int_stage_days_compared') }} as stage_days
    inner join repeated
        on
            stage_days.workflow_id = repeated.workflow_id
            and stage_days.endpoint_tag = repeated.endpoint_tag

),

of_several_rows as (

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
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        {{ whole_sum('input_tokens') }} as input_tokens,
        {{ whole_sum('output_tokens') }} as output_tokens,
        {{ sum_usd('cost_usd') }} as cost_usd
    from stage_days_repeated
    group by
        workflow_id,
        endpoint_tag

),

units as (

    select * from of_one_row

    union all

    select * from of_several_rows

)

select
    units.workflow_id,
    units.endpoint_tag,
    units.prompt_version,
    units.first_met_at,
    units.versions_met,
    units.requests,
    units.attempts,
    {{ all_tokens('units.input_tokens', 'units.output_tokens') }} as tokens,
    -- One attempt of unknown cost makes the whole unit's cost unknown.
    case when units.unpriced_attempts = 0 then units.cost_usd end as cost_usd,
    coalesce(workflows.intent, 'unknown') as intent,
    case when workflows.is_success then 1 else 0 end as resolved,
    workflows.has_final_outcome
from units
inner join workflows on units.workflow_id = workflows.workflow_id
where units.prompt_version is not null
