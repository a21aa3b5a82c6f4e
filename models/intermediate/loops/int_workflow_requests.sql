-- grain: one row a request of a workflow that this run looks at, with the retries that it had in the workflow
{%- set looks_at = ['int_stage_sequences'] %}

with attempts as (

    select
        workflow_id,
        request_id,
        attempt_index,
        is_final,
        request_date,
        occurred_at,
        attempt_key,
        coalesce(use_case, 'unknown') as use_case,
        coalesce(stage, 'unknown') as stage,
        coalesce({{ observed_turn('turn_index') }}, -1) as turn,
        {{ observed_tokens('input_tokens') }} as input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        price_id,
        priced_cost_usd,
        cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is not null
        and {{ on_affected_for(looks_at, ['workflow_id'], 'int_workflows_on_affected_dates') }}
        and {{ since_first_affected_for(looks_at, 'request_date', 'int_workflows_on_affected_dates') }}

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

),

priced as (

    select
        attempts.*,
        {{ pico_usd_to_usd(input_pico_usd()) }} as input_cost_usd
    from attempts
    left join prices on attempts.price_id = prices.price_id

),

-- Nine in ten requests are one attempt; they need no grouping.
single as (

    select
        workflow_id,
        request_date,
        occurred_at,
        attempt_key,
        use_case,
        stage,
        turn,
        cast(1 as bigint) as attempts,
        case when cost_usd is null then cast(1 as bigint) else cast(0 as bigint) end as unpriced_attempts,
        cast(cost_usd as {{ type_usd_sum() }}) as cost_usd,
        input_tokens as first_input_tokens,
        case when input_tokens is not null then input_cost_usd end as first_input_cost_usd,
        input_tokens as max_input_tokens
    from priced
    where
        attempt_index = 1
        and is_final

),

several as (

    select
        workflow_id,
        {%- for column in ['request_date', 'occurred_at', 'attempt_key', 'use_case', 'stage', 'turn'] %}
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
    from priced
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
