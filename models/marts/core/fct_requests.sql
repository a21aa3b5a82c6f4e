-- grain: one row a request: one logical call of the application, with all its attempts
{{ config(materialized='view') }}

with attempts as (

    select * from {{ ref('fct_attempts') }}

),

-- Nine in ten requests are one attempt; they need no grouping, which is what makes this view cheap at any size.
single as (

    select
        request_id,
        occurred_at as first_attempt_at,
        request_date,
        cast(1 as bigint) as attempts,
        cast(0 as bigint) as retries,
        cast(0 as bigint) as fallbacks,
        status as final_status,
        provider,
        model,
        endpoint_tag,
        use_case,
        stage,
        prompt_version,
        user_id,
        tenant_id,
        workflow_id,
        ticket_id,
        queue,
        intent,
        is_reportable,
        is_case_spend,
        input_tokens,
        output_tokens,
        cast(cost_usd as {{ type_usd_sum() }}) as cost_usd,
        cast(waste_cost_usd as {{ type_usd_sum() }}) as waste_cost_usd,
        case when cost_usd is null then cast(1 as bigint) else cast(0 as bigint) end as unpriced_attempts
    from attempts
    where
        attempt_index = 1
        and is_final

),

several as (

    select
        request_id,
        min(occurred_at) as first_attempt_at,
        min(request_date) as request_date,
        count(*) as attempts,
        count(*) filter (where is_retry) as retries,
        count(*) filter (where is_fallback) as fallbacks,
        max(case when is_final then status end) as final_status,
        {%- for column in [
            'provider', 'model', 'endpoint_tag', 'use_case', 'stage', 'prompt_version', 'user_id', 'tenant_id', 'workflow_id',
            'ticket_id', 'queue', 'intent'
        ] %}
        max(case when attempt_index = 1 then {{ column }} end) as {{ column }},
        {%- endfor %}
        -- A request is reportable when any attempt is, so that no reportable cost is left out.
        bool_or(is_reportable) as is_reportable,
        bool_or(is_case_spend) as is_case_spend,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('waste_cost_usd') }} as waste_cost_usd,
        count(*) - count(cost_usd) as unpriced_attempts
    from attempts
    where not (attempt_index = 1 and is_final)
    group by request_id

)

select * from single

union all

select * from several
