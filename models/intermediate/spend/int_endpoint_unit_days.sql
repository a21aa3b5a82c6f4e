-- grain: one row a UTC date and endpoint, with the sums that say how much its workflows vary
{{ config(materialized='incremental', unique_key='request_date') }}

with workflow_days as (

    select
        request_date,
        endpoint_tag,
        workflow_id,
        sum(requests) as requests,
        sum(attempts) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('int_workflow_stage_days') }}
    where {{ in_run('request_date', 'dates') }}
    group by
        request_date,
        endpoint_tag,
        workflow_id

),

unattributed as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is null
        and {{ in_run('request_date', 'dates') }}

),

-- An observation is a workflow's day; calls of no workflow stand each for itself. Costs to a millionth of a dollar keep
-- the squares exact. (Of two types of 18 digits DuckDB makes a third, which a thousand dollars squared would not fit.)
units as (

    select
        request_date,
        endpoint_tag,
        cast(requests as decimal(15, 0)) as requests,
        cast(attempts as decimal(15, 0)) as attempts,
        {{ rounded_to_micro_usd('coalesce(cost_usd, 0)') }} as cost_usd
    from workflow_days

    union all

    select
        request_date,
        coalesce(endpoint_tag, 'unknown') as endpoint_tag,
        cast(case when attempt_index = 1 then 1 else 0 end as decimal(15, 0)) as requests,
        cast(1 as decimal(15, 0)) as attempts,
        {{ rounded_to_micro_usd('coalesce(cost_usd, 0)') }} as cost_usd
    from unattributed

)

select
    request_date,
    endpoint_tag,
    {%- for moment, product in {
        'requests': 'requests',
        'attempts': 'attempts',
        'cost_usd': 'cost_usd',
        'requests_requests': 'requests * requests',
        'requests_attempts': 'requests * attempts',
        'attempts_attempts': 'attempts * attempts',
        'requests_cost': 'requests * cost_usd',
        'cost_cost': exact_product('cost_usd', 'cost_usd')
    }.items() %}
    cast(sum({{ product }}) as {{ type_moment(moment) }}) as {{ moment }},
    {%- endfor %}
    count(*) as units
from units
group by all
