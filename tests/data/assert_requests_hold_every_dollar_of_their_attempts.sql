-- A request costs what its attempts cost, failed ones included.
with attempts as (

    select
        request_id,
        count(*) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('waste_cost_usd') }} as waste_cost_usd
    from {{ ref('fct_attempts') }}
    group by request_id

),

requests as (

    select
        request_id,
        attempts,
        cost_usd,
        waste_cost_usd
    from {{ ref('fct_requests') }}

)

{{ differences('attempts', 'requests', ['request_id'], ['attempts', 'cost_usd', 'waste_cost_usd']) }}
