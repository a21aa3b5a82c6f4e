-- grain: one row a UTC date, endpoint, tenant, prompt version, model, price, and whether a workflow is named
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select
        request_date,
        coalesce(endpoint_tag, 'unknown') as endpoint_tag,
        coalesce(use_case, 'unknown') as use_case,
        coalesce(tenant_id, 'unknown') as tenant_id,
        coalesce(prompt_version, 'unknown') as prompt_version,
        coalesce(priced_model, model, 'unknown') as model,
        price_id,
        workflow_id is not null as is_attributed,
        attempt_index,
        input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        cache_write_1h_tokens,
        output_tokens,
        cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    endpoint_tag,
    use_case,
    tenant_id,
    prompt_version,
    model,
    price_id,
    is_attributed,
    count(*) as attempts,
    -- A request counts on the day, and for the model, of its first attempt, so that days and models add up.
    count(*) filter (where attempt_index = 1) as requests,
    count(cost_usd) as known_attempts,
    {%- for kind in token_kinds() %}
    cast(coalesce(sum({{ kind.tokens }}) filter (where cost_usd is not null), 0) as bigint) as {{ kind.name }}_tokens,
    {%- endfor %}
    coalesce({{ sum_usd('cost_usd') }}, 0) as known_cost_usd
from attempts
group by all
