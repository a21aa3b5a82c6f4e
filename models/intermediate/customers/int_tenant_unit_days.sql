-- grain: one row a UTC date and tenant with reportable spend, with the squares that say how much a sum of it varies
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and {{ in_run('request_date', 'dates') }}

),

-- An observation is a workflow's day; calls of no workflow stand each for itself.
workflow_days as (

    select
        request_date,
        coalesce(tenant_id, 'unknown') as tenant_id,
        {{ sum_usd('cost_usd') }} as cost_usd
    from attempts
    where workflow_id is not null
    group by
        request_date,
        coalesce(tenant_id, 'unknown'),
        workflow_id

),

units as (

    select
        request_date,
        tenant_id,
        cost_usd
    from workflow_days

    union all

    select
        request_date,
        coalesce(tenant_id, 'unknown') as tenant_id,
        cast(cost_usd as {{ type_usd_sum() }}) as cost_usd
    from attempts
    where workflow_id is null

),

rounded as (

    select
        *,
        {{ rounded_to_micro_usd('coalesce(cost_usd, 0)') }} as micro_usd
    from units

)

select
    request_date,
    tenant_id,
    count(*) as units,
    {{ sum_usd('cost_usd') }} as cost_usd,
    cast(sum({{ exact_product('micro_usd', 'micro_usd') }}) as decimal(38, 12)) as cost_cost
from rounded
group by
    request_date,
    tenant_id
