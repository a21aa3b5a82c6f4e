-- grain: one row a reportable request that began on a day of the run's months, with its tokens and cost
{%- set dimensions = {
    'request_date': 'request_date',
    'endpoint_tag': "coalesce(endpoint_tag, 'unknown')",
    'prompt_version': "coalesce(prompt_version, 'unknown')",
} %}

-- Nine in ten requests are one attempt and need no grouping.
with single as (

    select
        {%- for name, value in dimensions.items() %}
        {{ value }} as {{ name }},
        {%- endfor %}
        {{ all_tokens() }} as tokens,
        cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and attempt_index = 1
        and is_final
        and {{ in_run('request_date', 'month_days') }}

),

begun as (

    select
        request_id,
        {%- for name, value in dimensions.items() %}
        {{ value }} as {{ name }},
        {%- endfor %}
        {{ all_tokens() }} as tokens,
        cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and attempt_index = 1
        and not is_final
        and {{ in_run('request_date', 'month_days') }}

),

-- A request may go on after the days that this run reads; its later attempts are found by its id.
continued as (

    select
        attempts.request_id,
        {{ whole_sum(all_tokens('attempts.input_tokens', 'attempts.output_tokens')) }} as tokens,
        {{ sum_usd('attempts.cost_usd') }} as cost_usd,
        count(*) - count(attempts.cost_usd) as unpriced_attempts
    from {{ ref('fct_attempts') }} as attempts
    where
        attempts.is_reportable
        and attempts.attempt_index > 1
        and attempts.request_id in (select begun.request_id from begun)
    group by attempts.request_id

),

several as (

    select
        begun.request_date,
        begun.endpoint_tag,
        begun.prompt_version,
        {{ all_tokens('begun.tokens', 'continued.tokens') }} as tokens,
        -- One attempt of unknown cost makes the whole request's cost unknown.
        case
            when continued.request_id is null then begun.cost_usd
            when continued.unpriced_attempts = 0 then begun.cost_usd + continued.cost_usd
        end as cost_usd
    from begun
    left join continued on begun.request_id = continued.request_id

)

select
    request_date,
    endpoint_tag,
    prompt_version,
    tokens,
    cast(cost_usd as {{ type_usd() }}) as cost_usd
from single

union all

select
    request_date,
    endpoint_tag,
    prompt_version,
    tokens,
    cast(cost_usd as {{ type_usd() }}) as cost_usd
from several
