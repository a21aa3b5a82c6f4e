-- grain: one row a request of a workflow that this run looks at, with the retries that it had in the workflow
{%- set described_by = ['request_date', 'occurred_at', 'attempt_key', 'use_case', 'stage', 'turn'] %}

-- Nine in ten requests are one attempt; they need no grouping. The attempts are named in each place that reads them:
-- one CTE for both would hold them in memory.
with single as (

    select
        workflow_id,
        {{ described_by | join(', ') }},
        cast(1 as bigint) as attempts,
        case when cost_usd is null then cast(1 as bigint) else cast(0 as bigint) end as unpriced_attempts,
        cast(cost_usd as {{ type_usd_sum() }}) as cost_usd,
        input_tokens as first_input_tokens,
        case when input_tokens is not null then input_cost_usd end as first_input_cost_usd,
        input_tokens as max_input_tokens
    from {{ ref('int_workflow_attempts') }}
    where
        attempt_index = 1
        and is_final

),

several as (

    select
        workflow_id,
        {%- for column in described_by %}
        max(case when attempt_index = 1 then {{ column }} end) as {{ column }},
        {%- endfor %}
        count(*) as attempts,
        count(*) - count(cost_usd) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd,
        -- The first prompt that was read. (min_by passes over a NULL on one engine only.)
        min_by(input_tokens, attempt_index) filter (where input_tokens is not null) as first_input_tokens,
        nullif(
            min_by(coalesce(input_cost_usd, -1), attempt_index) filter (where input_tokens is not null), -1
        ) as first_input_cost_usd,
        max(input_tokens) as max_input_tokens
    from {{ ref('int_workflow_attempts') }}
    where not (attempt_index = 1 and is_final)
    group by
        workflow_id,
        request_id
    -- A retry may name another workflow than its request, which is none of that workflow's.
    having count(*) filter (where attempt_index = 1) > 0

)

select * from single

union all

select * from several
