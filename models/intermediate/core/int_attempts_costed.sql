-- grain: one row an attempt of all history, with what it costs, what of that is waste, and whether it is a retry
{{ config(materialized='view') }}

with attempts as (

    select * from {{ ref('int_attempts_attributed') }}

),

costed as (

    select
        *,
        {{ cost_usd() }} as cost_usd,
        {{ cost_source() }} as cost_source
    from attempts

)

select
    *,
    attempt_index > 1 as is_retry,
    case when is_final and status = 'success' then cast(0 as {{ type_usd() }}) else cost_usd end as waste_cost_usd
from costed
