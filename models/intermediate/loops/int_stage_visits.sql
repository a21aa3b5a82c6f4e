-- grain: one row a visit of a workflow on a UTC date: successive attempts at one stage of one endpoint within one turn
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select
        workflow_id,
        request_date,
        occurred_at,
        attempt_key,
        coalesce(use_case, 'unknown') as use_case,
        coalesce(stage, 'unknown') as stage,
        coalesce(endpoint_tag, 'unknown') as endpoint_tag,
        {{ observed_turn('turn_index') }} as turn,
        is_retry,
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
        and {{ on_affected_dates('request_date') }}

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

),

ordered as (

    select
        *,
        row_number() over workflow_order as place,
        case
            when
                stage = lag(stage) over workflow_order
                and endpoint_tag = lag(endpoint_tag) over workflow_order
                and coalesce(turn, -1) <= coalesce(
                    max(turn) over (
                        partition by request_date, workflow_id
                        order by occurred_at, coalesce(turn, -1), attempt_key
                        rows between unbounded preceding and 1 preceding
                    ),
                    -1
                ) then 0
            else 1
        end as is_new_visit
    from attempts
    -- Clocks often tick in seconds: within one moment the turn comes first, then the key, so that every order is one.
    window workflow_order as (
        partition by request_date, workflow_id
        order by occurred_at, coalesce(turn, -1), attempt_key
    )

),

numbered as (

    select
        ordered.*,
        {{ pico_usd_to_usd(input_pico_usd()) }} as input_cost_usd,
        sum(ordered.is_new_visit) over (
            partition by ordered.request_date, ordered.workflow_id
            order by ordered.place
            rows between unbounded preceding and current row
        ) as visit
    from ordered
    left join prices on ordered.price_id = prices.price_id

)

select
    request_date,
    workflow_id,
    cast(visit as bigint) as visit,
    min(use_case) as use_case,
    min(stage) as stage,
    min(endpoint_tag) as endpoint_tag,
    max(turn) as turn,
    min(occurred_at) as started_at,
    count(*) filter (where not is_retry) as requests,
    count(*) as attempts,
    count(*) filter (where is_retry) as retries,
    count(*) - count(cost_usd) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd,
    -- What the visit was opened with: the first prompt that was read. (min_by passes over a NULL on one engine only.)
    min_by(input_tokens, place) filter (where input_tokens is not null) as first_input_tokens,
    nullif(
        min_by(coalesce(input_cost_usd, -1), place) filter (where input_tokens is not null), -1
    ) as first_input_cost_usd,
    max(input_tokens) as max_input_tokens
from numbered
group by
    request_date,
    workflow_id,
    visit
